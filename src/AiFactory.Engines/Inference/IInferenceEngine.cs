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
    /// <c>artifact-corrupt</c>: not a model this engine can read; <c>signature-unsupported</c>: a tensor without a batch axis, or with
    /// another free dimension, or of an unknown type.
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

    /// <summary>Memory that the model and its buffers take, in bytes; 0 where the engine does not know.</summary>
    long MemoryBytes => 0;

    /// <summary>Runs packed rows (see <see cref="PackedRows"/>) and writes as many packed output rows, in order.</summary>
    /// <param name="segments">Whole packed rows, any number a segment.</param>
    /// <param name="rows">Rows in all segments together.</param>
    /// <param name="outputs">Takes the packed output rows.</param>
    void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs);
}
