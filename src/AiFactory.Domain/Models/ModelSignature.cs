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
/// <param name="AxisNames">Names that the file gives to a row's axes, empty where one has none; null where no free axis has a name.</param>
public sealed record TensorSpec(string Name, TensorDataType DataType, IReadOnlyList<int> RowShape, IReadOnlyList<string>? AxisNames = null)
{
    /// <summary>As given; where another release left it out, a scalar's.</summary>
    public IReadOnlyList<int> RowShape { get; init; } = RowShape ?? [];

    /// <summary>Elements in one row; -1 where an axis is free, so that rows differ.</summary>
    [JsonIgnore]
    public int RowElements { get; } = (RowShape ?? []).Any(dimension => dimension < 0) ? -1 : (RowShape ?? []).Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>Number of axes whose size each row brings itself.</summary>
    [JsonIgnore]
    public int FreeAxes { get; } = (RowShape ?? []).Count(dimension => dimension < 0);
}

/// <summary>What a model takes and gives.</summary>
/// <param name="Batched">Whether every tensor has the batch as its first axis; without one, each row runs alone and is the whole tensors.</param>
/// <param name="Sequence">
/// Tensors that carry state from one request of a sequence to the next; they are not among <paramref name="Inputs"/> and <paramref name="Outputs"/>,
/// which are what callers send and get. Null: the model has no memory.
/// </param>
/// <param name="Padding">How rows of different sizes are made alike, where the model's owner says that it may be done; null: they never are.</param>
public sealed record ModelSignature(
    IReadOnlyList<TensorSpec> Inputs,
    IReadOnlyList<TensorSpec> Outputs,
    bool Batched = true,
    IReadOnlyList<SequenceState>? Sequence = null,
    RowPadding? Padding = null);

/// <summary>An output that becomes an input of the next request of the same sequence; zeros at its start. Callers neither send nor get it.</summary>
/// <param name="Start">Shape of the zeros at the start, as the input's; a 0 in it starts empty. Null: the input's shape, each free axis 1.</param>
public sealed record SequenceState(string Input, string Output, IReadOnlyList<int>? Start = null);

/// <summary>How a score becomes a decision between two classes.</summary>
/// <param name="Output">The output tensor that holds the positive class's probability.</param>
/// <param name="Threshold">The positive class is predicted at or above it.</param>
public sealed record BinaryClasses(string Output, string Negative, string Positive, double Threshold = 0.5);
