using AiFactory.Engines.Inference;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>Which outputs a request wants, and how.</summary>
/// <param name="Numbers">Null: all of them.</param>
/// <param name="Binary">Of each of <paramref name="Numbers"/>, whether it comes as binary data; null: as <paramref name="AllBinary"/> says.</param>
internal readonly record struct OutputChoice(int[]? Numbers, bool[]? Binary, bool AllBinary)
{
    public int Count(ServedVariant variant) => Numbers?.Length ?? variant.Route.Signature.Outputs.Count;

    public int Number(int i) => Numbers is null ? i : Numbers[i];

    public bool IsBinary(int i) => Binary is null ? AllBinary : Binary[i];

    /// <exception cref="Domain.Refusals.RefusedException"><c>tensor-unknown, tensor-repeated</c>.</exception>
    public static OutputChoice Of(InferEnvelope request, ReadOnlySpan<byte> body, ServedVariant variant)
    {
        if (request.Outputs.Count == 0)
        {
            return new(null, null, request.BinaryOutput);
        }

        // Each once: a few bytes of a request must not make the answer longer time and again.
        var numbers = new int[request.Outputs.Count];
        bool[]? binary = null;
        for (var i = 0; i < numbers.Length; i++)
        {
            var output = request.Outputs[i];
            var number = variant.OutputNames.Find(output.Name.Bytes(body), i);
            if (number < 0)
            {
                throw TensorPacking.Unknown("output", InferEnvelope.Text(output.Name, body), variant.Route.Signature.Outputs);
            }

            if (numbers.AsSpan(0, i).Contains(number))
            {
                var name = variant.Route.Signature.Outputs[number].Name;
                throw TensorPacking.Refused("tensor-repeated", $"Output '{name}' is asked for twice.", name, "Name each output once.");
            }

            numbers[i] = number;
            if (output.Binary ?? request.BinaryOutput)
            {
                binary ??= new bool[numbers.Length];
                binary[i] = true;
            }
        }

        return new(numbers, binary, false);
    }
}

/// <summary>The outputs of an answer, taken out of its packed rows, which have the tensors side by side.</summary>
internal static class OutputTensors
{
    /// <summary>Axes of an output; the batch is the first where the model has one.</summary>
    public static int Rank(in Asked asked, int output) => asked.Variant.Route.Signature.Outputs[output].RowShape.Count + BatchAxes(asked);

    /// <summary>Size of an output's axis in this answer.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>output-ragged</c>: the rows have different sizes, for which a tensor has no shape.</exception>
    public static long Dimension(in Asked asked, int output, int axis)
    {
        var rowAxis = axis - BatchAxes(asked);
        var tensor = asked.Variant.Route.Signature.Outputs[output];
        return rowAxis < 0 ? asked.Rows.Rows : tensor.RowShape[rowAxis] is >= 0 and var size ? size : FreeSize(asked, output, rowAxis);
    }

    /// <summary>The elements of an output, row after row.</summary>
    public static RowSlices Of(in Asked asked, int output) => new(asked, output);

    /// <summary>Bytes of all elements of an output.</summary>
    public static int Length(in Asked asked, int output)
    {
        var length = 0;
        foreach (var row in Of(asked, output))
        {
            length += row.Bytes.Length;
        }

        return length;
    }

    public static void Copy(in Asked asked, int output, ByteBuffer into)
    {
        foreach (var row in Of(asked, output))
        {
            into.Append(row.Bytes);
        }
    }

    private static int BatchAxes(in Asked asked) => asked.Variant.Route.Signature.Batched ? 1 : 0;

    private static int FreeSize(in Asked asked, int output, int axis)
    {
        var (tensor, found) = (asked.Variant.Route.Signature.Outputs[output], -1);
        foreach (var row in Of(asked, output))
        {
            var size = PackedRows.Size(tensor, row.Packed, axis);
            if (found >= 0 && found != size)
            {
                throw new Domain.Refusals.RefusedException(new("output-ragged", Domain.Refusals.RefusalKind.Unprocessable,
                    $"Rows of output '{tensor.Name}' have the sizes {found} and {size} on one axis, which is no tensor.", tensor.Name, "Send one row a request."));
            }

            found = size;
        }

        return found;
    }

    /// <summary>One row of one output.</summary>
    /// <param name="packed">With the sizes of its free axes in front.</param>
    /// <param name="shapeBytes">Bytes of those.</param>
    /// <param name="count">Number of its elements.</param>
    public readonly ref struct RowSlice(ReadOnlySpan<byte> packed, int shapeBytes, int count)
    {
        public ReadOnlySpan<byte> Packed { get; } = packed;

        /// <summary>Its elements.</summary>
        public ReadOnlySpan<byte> Bytes { get; } = packed[shapeBytes..];

        public int Count { get; } = count;
    }

    /// <summary>Walks over the rows of one output.</summary>
    public ref struct RowSlices
    {
        private readonly IReadOnlyList<Domain.Models.TensorSpec> _tensors;
        private readonly int _output;
        private ReadOnlySpan<byte> _rest;
        private int _rows;

        internal RowSlices(in Asked asked, int output)
        {
            (_tensors, _output, _rows) = (asked.Variant.Route.Signature.Outputs, output, asked.Rows.Rows);
            _rest = asked.Rows.Output.Span;
            Current = default;
        }

        public RowSlice Current { get; private set; }

        public readonly RowSlices GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rows-- <= 0)
            {
                return false;
            }

            for (var i = 0; i < _tensors.Count; i++)
            {
                var length = PackedRows.TensorLength(_tensors[i], _rest);
                if (i == _output)
                {
                    Current = new(_rest[..length], PackedRows.ShapeBytes(_tensors[i]), PackedRows.Elements(_tensors[i], _rest));
                }

                _rest = _rest[length..];
            }

            return true;
        }
    }
}
