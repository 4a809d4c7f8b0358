namespace AiFactory.Domain.Models;

/// <summary>What a worker found when it loaded an artefact and warmed it up.</summary>
/// <param name="MemoryBytes">Memory that the loaded model takes, as far as the engine knows; at least its artefact.</param>
/// <param name="Checks">One sentence for each thing that was tried and went well.</param>
public sealed record ModelInspection(ModelSignature Signature, long MemoryBytes, IReadOnlyList<string> Checks);
