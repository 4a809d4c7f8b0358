using System.Text.Json.Serialization;

namespace AiFactory.Domain.Models;

/// <summary>Tensor element types, named as in the Open Inference Protocol v2.</summary>
public enum TensorDataType
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    Bytes,
}

/// <summary>One named tensor.</summary>
/// <param name="RowShape">Shape of one row, without the batch axis (the whole shape where the model has none); empty for a scalar a row. -1 is a free axis.</param>
public sealed record TensorSpec(string Name, TensorDataType DataType, IReadOnlyList<int> RowShape)
{
    /// <summary>Elements in one row; meaningless where an axis is free.</summary>
    [JsonIgnore]
    public int RowElements { get; } = RowShape.Aggregate(1, (product, dimension) => product * dimension);
}

/// <summary>What a model takes and gives.</summary>
/// <param name="Batched">Whether every tensor has the batch as its first axis; without one, each row runs alone and is the whole tensors.</param>
/// <param name="Sequence">Inputs that carry state from one request of a sequence to the next; null: the model has no memory.</param>
public sealed record ModelSignature(
    IReadOnlyList<TensorSpec> Inputs,
    IReadOnlyList<TensorSpec> Outputs,
    bool Batched = true,
    IReadOnlyList<SequenceState>? Sequence = null);

/// <summary>An output that becomes an input of the next request of the same sequence; zeros (or empty) at its start. Callers neither send nor get it.</summary>
public sealed record SequenceState(string Input, string Output);

/// <summary>How a score becomes a decision between two classes.</summary>
/// <param name="Output">The output tensor that holds the positive class's probability.</param>
/// <param name="Threshold">The positive class is predicted at or above it.</param>
public sealed record BinaryClasses(string Output, string Negative, string Positive, double Threshold = 0.5);
