using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Engines.Inference;

/// <summary>A runtime that turns model artefacts into models in memory. Safe for use by several threads.</summary>
public interface IInferenceEngine
{
    /// <summary>E.g. <c>onnxruntime</c>.</summary>
    string Name { get; }

    /// <summary>Loads an artefact.</summary>
    /// <exception cref="Domain.Refusals.RefusedException">
    /// <c>artifact-corrupt</c>: not a model this engine can read; <c>signature-unsupported</c>: no input, an input or output that is no tensor, or
    /// one of an element type that has no name in the protocol.
    /// </exception>
    IInferenceModel Load(string artifactPath);

    /// <summary>Loads an artefact to run on a device; engines that know CPUs only run it there.</summary>
    /// <exception cref="Domain.Refusals.RefusedException">As <see cref="Load(string)"/>.</exception>
    IInferenceModel Load(string artifactPath, Device device) => Load(artifactPath);
}

/// <summary>A model in memory. One thread at a time.</summary>
public interface IInferenceModel : IDisposable
{
    ModelSignature Signature { get; }

    /// <summary>Bytes that the model holds: its artefact's, buffers', and what it remembers. May be asked from any thread.</summary>
    long MemoryBytes => 0;

    /// <summary>
    /// Runs packed rows (see <see cref="PackedRows"/>) and writes as many packed output rows, in order. What was written before it threw is of no use.
    /// </summary>
    /// <param name="segments">Whole packed rows, any number a segment.</param>
    /// <param name="rows">Rows in all segments together.</param>
    /// <param name="outputs">Takes the packed output rows.</param>
    /// <exception cref="InvalidDataException">The bytes are not so many rows.</exception>
    /// <exception cref="OperationCanceledException">It was terminated.</exception>
    /// <exception cref="Domain.Refusals.RefusedException">A row of a model with memory is refused: <c>sequence-unknown</c>.</exception>
    void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs);

    /// <summary>
    /// Called from another thread: the run at work ends early, between two operators at the latest. Without effect on any later run, and when none is at
    /// work. An engine that cannot stop runs to the end.
    /// </summary>
    void Terminate()
    {
    }
}
