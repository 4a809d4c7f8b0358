using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Tests.Support;

/// <summary>What an <see cref="ArithmeticEngine"/> runs.</summary>
/// <param name="Weights">One array an output element, with a weight for each FP32 input element; null: outputs are the inputs.</param>
/// <param name="PoisonBelow">A batch with a first input element below this fails whole, as a native engine does.</param>
public sealed record ArithmeticArtifact(ModelSignature Signature, float[][]? Weights = null, float[]? Bias = null, float? PoisonBelow = null)
{
    /// <summary>y = [x0 + 2 x1, x2 - x0 + 1]</summary>
    public static ArithmeticArtifact Affine { get; } = new(
        new ModelSignature([new("x", TensorDataType.Fp32, [3])], [new("y", TensorDataType.Fp32, [2])]), [[1, 2, 0], [-1, 0, 1]], [0, 1]);

    public static ArithmeticArtifact Echo { get; } = new(new ModelSignature(
        [new("text", TensorDataType.Bytes, [2]), new("number", TensorDataType.Fp32, [1])],
        [new("text_out", TensorDataType.Bytes, [2]), new("number_out", TensorDataType.Fp32, [1])]));

    public static ArithmeticArtifact RaggedEcho { get; } = new(new ModelSignature(
        [new("text", TensorDataType.Bytes, [-1]), new("number", TensorDataType.Fp32, [2, -1])],
        [new("text_out", TensorDataType.Bytes, [-1]), new("number_out", TensorDataType.Fp32, [2, -1])]));

    /// <summary>y = total_out = x + total</summary>
    public static ArithmeticArtifact Total { get; } = new(
        new ModelSignature([new("x", TensorDataType.Fp32, [1]), new("total", TensorDataType.Fp32, [1])],
            [new("y", TensorDataType.Fp32, [1]), new("total_out", TensorDataType.Fp32, [1])]),
        [[1, 1], [1, 1]]);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, FactoryJson.Options);

    public string Save(string folder)
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, ToBytes());
        return path;
    }
}

/// <summary>An engine in memory that reads a small JSON artefact.</summary>
public sealed class ArithmeticEngine : IInferenceEngine
{
    public string Name => "arithmetic";

    public IInferenceModel Load(string artifactPath)
    {
        try
        {
            return new ArithmeticModel(JsonSerializer.Deserialize<ArithmeticArtifact>(File.ReadAllBytes(artifactPath), FactoryJson.Options)
                ?? throw new JsonException("The artefact is null."));
        }
        catch (JsonException cause)
        {
            throw new RefusedException(new("artifact-corrupt", RefusalKind.Unprocessable, cause.Message, Path.GetFileName(artifactPath)), cause);
        }
    }
}

/// <summary>A model of an <see cref="ArithmeticEngine"/>; notices use by two threads at once, and use after its end.</summary>
public sealed class ArithmeticModel(ArithmeticArtifact artifact) : IInferenceModel
{
    private readonly PackedRows _inputs = new(artifact.Signature.Inputs);
    private int _running;

    public ModelSignature Signature => artifact.Signature;

    public List<int> BatchRows { get; } = [];

    public Action? OnRun { get; set; }

    public bool IsDisposed { get; private set; }

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw new InvalidOperationException("Two threads at once.");
        }

        try
        {
            BatchRows.Add(rows);
            OnRun?.Invoke();
            foreach (var segment in segments)
            {
                for (var left = segment.Span; !left.IsEmpty; rows--)
                {
                    var length = _inputs.FirstRowLength(left);
                    RunRow(left[..length], outputs);
                    left = left[length..];
                }
            }

            if (rows != 0)
            {
                throw new InvalidDataException($"{rows} rows too few.");
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>Thrown when it is let go of, if set.</summary>
    public Exception? DisposeFailure { get; set; }

    public void Dispose()
    {
        IsDisposed = true;
        if (DisposeFailure is { } failure)
        {
            throw failure;
        }
    }

    private void RunRow(ReadOnlySpan<byte> row, IBufferWriter<byte> outputs)
    {
        if (artifact.Weights is not { } weights)
        {
            outputs.Write(row);
            return;
        }

        if (artifact.PoisonBelow is { } bound && BinaryPrimitives.ReadSingleLittleEndian(row) < bound)
        {
            throw new InvalidOperationException("poison");
        }

        for (var output = 0; output < weights.Length; output++)
        {
            var sum = artifact.Bias?[output] ?? 0;
            for (var i = 0; i < weights[output].Length; i++)
            {
                sum += weights[output][i] * BinaryPrimitives.ReadSingleLittleEndian(row[(i * sizeof(float))..]);
            }

            BinaryPrimitives.WriteSingleLittleEndian(outputs.GetSpan(sizeof(float)), sum);
            outputs.Advance(sizeof(float));
        }
    }
}
