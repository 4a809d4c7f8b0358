using System.Globalization;
using System.Numerics;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Models;

/// <summary>Which models' rows may be padded, along what, and to which sizes.</summary>
public static class PaddingRules
{
    public const int SizesMax = 64;
    public const int SizeMax = 1 << 20;
    private const int SmallestSize = 8;

    /// <summary>The signature of a model whose rows may be padded.</summary>
    /// <param name="graph">As read from the file.</param>
    public static Ruling<ModelSignature> Declare(ModelSignature graph, RowPadding padding)
    {
        var padded = graph.Inputs.Where(input => IsPadded(input, padding)).ToArray();
        if (padded.Length == 0)
        {
            return Invalid($"No input of the model has a free axis '{padding.Axis}'.", padding.Axis,
                Names(graph) is { Length: > 0 } names ? $"Its inputs' free axes are {names}." : "The file gives its free axes no names; name them (dynamic_axes) and export it again.");
        }

        if (!graph.Batched || graph.Sequence is not null)
        {
            return Invalid(graph.Batched ? "A model with memory is not padded." : "Rows of this model run one by one, so that there is nothing to pad them for.", padding.Axis, "Import it without padding.");
        }

        if (graph.Inputs.Concat(graph.Outputs).FirstOrDefault(tensor => tensor.DataType == TensorDataType.Bytes && IsPadded(tensor, padding)) is { } text)
        {
            return Invalid($"'{text.Name}' holds text, which is not padded.", text.Name, "Import it without padding, or take text apart before the model.");
        }

        if (padding.Values?.Keys.FirstOrDefault(name => padded.All(input => input.Name != name)) is { } stranger)
        {
            return Invalid($"'{stranger}' is no input with the axis '{padding.Axis}'.", stranger, $"Those are {string.Join(", ", padded.Select(input => input.Name))}.");
        }

        return padded.FirstOrDefault(input => !Fits(input.DataType, ValueOf(padding, input.Name))) is { } narrow
            ? Invalid(string.Create(CultureInfo.InvariantCulture, $"'{narrow.Name}' holds {narrow.DataType} and cannot be padded with {ValueOf(padding, narrow.Name)}."), narrow.Name, "Give a value of the input's type.")
            : graph with { Padding = padding };
    }

    /// <summary>Reads an axis with a value and values of some inputs, e.g. <c>length</c>, <c>length=0,input_ids=1</c>, and sizes, e.g. <c>32,64,128</c>.</summary>
    /// <param name="sizes">Null or empty: the usual ones.</param>
    public static Ruling<RowPadding> Parse(string text, string? sizes)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries).Select(Pair).ToArray();
        if (parts[0] is not ({ Length: > 0 } axis, var value) || parts.Skip(1).Any(part => part.Name.Length == 0 || part.Value is null)
            || parts.Skip(1).DistinctBy(part => part.Name).Count() != parts.Length - 1 || parts.Any(part => part.Value is { } given && !double.IsFinite(given)))
        {
            return Malformed(text, "Write the axis, if need be with the value to pad with, and then inputs that take another: length, length=0,input_ids=1.");
        }

        var steps = string.IsNullOrEmpty(sizes) ? null : sizes.Split(',', StringSplitOptions.TrimEntries).Select(Size).ToArray();
        if (steps is { Length: > SizesMax } || (steps is not null && (steps[0] < 1 || steps[^1] > SizeMax || steps.Zip(steps.Skip(1)).Any(pair => pair.First >= pair.Second))))
        {
            return Malformed(sizes!, $"Write at most {SizesMax} sizes from 1 to {SizeMax} that grow: 32,64,128.");
        }

        return new RowPadding(axis, value ?? 0, parts.Length == 1 ? null : parts.Skip(1).ToDictionary(part => part.Name, part => part.Value!.Value, StringComparer.Ordinal), steps);
    }

    /// <summary>What <see cref="Parse"/> reads, the sizes behind a colon.</summary>
    public static string Text(RowPadding padding) => string.Create(CultureInfo.InvariantCulture,
        $"{padding.Axis}={padding.Value}{string.Concat((padding.Values ?? new Dictionary<string, double>()).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Create(CultureInfo.InvariantCulture, $",{pair.Key}={pair.Value}")))}{(padding.Sizes is { } sizes ? $":{string.Join(',', sizes)}" : "")}");

    /// <summary>The size that a row is padded to; its own where it is longer than all.</summary>
    /// <param name="own">At least 0.</param>
    public static int SizeOf(RowPadding padding, int own)
    {
        if (padding.Sizes is not { } sizes)
        {
            return Usual(own);
        }

        foreach (var size in sizes)
        {
            if (size >= own)
            {
                return size;
            }
        }

        return own;
    }

    public static double ValueOf(RowPadding padding, string input) => padding.Values is { } values && values.TryGetValue(input, out var value) ? value : padding.Value;

    /// <summary>Whether rows of the tensor are padded, or cut back, along one of its axes.</summary>
    public static bool IsPadded(TensorSpec tensor, RowPadding padding)
    {
        for (var axis = 0; axis < tensor.RowShape.Count; axis++)
        {
            if (IsPadded(tensor, axis, padding))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="axis">Of a row.</param>
    public static bool IsPadded(TensorSpec tensor, int axis, RowPadding padding) => tensor.RowShape[axis] < 0 && tensor.AxisNames is { } names && names[axis] == padding.Axis;

    // A third of a row is padding at most, from 8 on.
    private static int Usual(int own)
    {
        if (own <= SmallestSize || own > 1 << 29)
        {
            return Math.Max(own, SmallestSize);
        }

        var power = (int)BitOperations.RoundUpToPowerOf2((uint)own);
        return own <= power / 4 * 3 ? power / 4 * 3 : power;
    }

    private static bool Fits(TensorDataType type, double value) => type switch
    {
        TensorDataType.Fp64 => true,
        TensorDataType.Fp32 => Math.Abs(value) <= float.MaxValue,
        TensorDataType.Fp16 => Math.Abs(value) <= (double)Half.MaxValue,
        _ => Math.Truncate(value) == value && value >= Range(type).Low && value <= Range(type).High,
    };

    private static (double Low, double High) Range(TensorDataType type) => type switch
    {
        TensorDataType.Bool => (0, 1),
        TensorDataType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        TensorDataType.Int16 => (short.MinValue, short.MaxValue),
        TensorDataType.Int32 => (int.MinValue, int.MaxValue),
        TensorDataType.UInt8 => (0, byte.MaxValue),
        TensorDataType.UInt16 => (0, ushort.MaxValue),
        TensorDataType.UInt32 => (0, uint.MaxValue),
        // A double holds whole numbers up to here.
        TensorDataType.UInt64 => (0, 1L << 53),
        _ => (-(1L << 53), 1L << 53),
    };

    private static (string Name, double? Value) Pair(string part)
    {
        var equals = part.LastIndexOf('=');
        return equals < 0 ? (part, null)
            : double.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (part[..equals], value)
            : ("", null);
    }

    private static int Size(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;

    private static string Names(ModelSignature graph) => string.Join(", ",
        graph.Inputs.SelectMany(input => (input.AxisNames ?? []).Where((name, axis) => name.Length > 0 && input.RowShape[axis] < 0)).Distinct(StringComparer.Ordinal));

    private static Refusal Malformed(string text, string mend) => new("padding-invalid", RefusalKind.Malformed, $"'{text}' does not say how to pad.", "pad", mend);

    private static Refusal Invalid(string what, string where, string mend) => new("padding-invalid", RefusalKind.Unprocessable, what, where, mend);
}
