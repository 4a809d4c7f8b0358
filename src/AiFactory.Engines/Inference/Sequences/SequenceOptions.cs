namespace AiFactory.Engines.Inference.Sequences;

/// <summary>How much a device remembers for each model with memory.</summary>
/// <param name="SequencesMax">Sequences kept for one model; default 4096. Beyond it the one idle longest is forgotten.</param>
/// <param name="BytesMax">Bytes of state kept for one model; default 256 MiB. Beyond it the one idle longest is forgotten.</param>
/// <param name="IdleSecondsMax">Seconds without a request after which a sequence is forgotten; default 600.</param>
public sealed record SequenceOptions(int SequencesMax = 4096, long BytesMax = 256L << 20, double IdleSecondsMax = 600);
