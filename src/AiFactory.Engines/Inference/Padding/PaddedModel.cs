using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Inference.Padding;

/// <summary>
/// A model whose rows may be padded: rows of different sizes along one axis are brought to few sizes, so that many run together, and what comes out is cut
/// back to each row's own size. Rows that have one size anyway run as they are.
/// </summary>
public sealed class PaddedModel : IInferenceModel
{
    private const int KeptBytesMax = 16 * 1024 * 1024;

    private readonly IInferenceModel _graph;
    private readonly RowPadding _padding;
    private readonly PaddedTensor[] _inputs;
    private readonly PaddedTensor[] _outputs;
    private ArrayBufferWriter<byte> _padded = new();
    private ArrayBufferWriter<byte> _answered = new();
    private int[] _own = new int[64];
    private long _bufferBytes;

    /// <param name="graph">The model as it stands in the file; this one owns it.</param>
    /// <exception cref="RefusedException"><c>padding-invalid</c>: the graph has no such axis.</exception>
    public PaddedModel(IInferenceModel graph, RowPadding padding)
    {
        Signature = PaddingRules.Declare(graph.Signature, padding).OrThrow();
        (_graph, _padding) = (graph, padding);
        _inputs = [.. Signature.Inputs.Select(spec => new PaddedTensor(spec, padding))];
        _outputs = [.. Signature.Outputs.Select(spec => new PaddedTensor(spec, padding))];
    }

    public ModelSignature Signature { get; }

    public long MemoryBytes => _graph.MemoryBytes + Volatile.Read(ref _bufferBytes);

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
    {
        if (Measure(segments, rows))
        {
            _graph.Run(segments, rows, outputs);
            return;
        }

        Run(segments, rows, outputs, more: 0);
    }

    /// <summary>Runs one row as it would run beside a longer one, at the next size above its own.</summary>
    /// <returns>Its own size, and the one that it ran at; the same where it is too long to be padded.</returns>
    public (int Own, int Size) RunPadded(ReadOnlyMemory<byte> row, IBufferWriter<byte> outputs)
    {
        Measure([row], 1);
        Run([row], 1, outputs, more: 1);
        return (_own[0], Size(0, more: 1));
    }

    public void Terminate() => _graph.Terminate();

    public void Dispose() => _graph.Dispose();

    private void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs, int more)
    {
        _padded.ResetWrittenCount();
        _answered.ResetWrittenCount();
        var row = 0;
        foreach (var segment in segments)
        {
            for (var left = segment.Span; !left.IsEmpty; row++)
            {
                var size = Size(row, more);
                foreach (var input in _inputs)
                {
                    left = left[input.Pad(left, size, _padded)..];
                }
            }
        }

        _graph.Run([_padded.WrittenMemory], rows, _answered);
        var answer = _answered.WrittenSpan;
        for (row = 0; row < rows; row++)
        {
            foreach (var output in _outputs)
            {
                answer = answer[output.Cut(answer, _own[row], Size(row, more), outputs)..];
            }
        }

        Trim();
    }

    // A row longer than all sizes keeps its own.
    private int Size(int row, int more) => _padding.Sizes is { } sizes && _own[row] + more > sizes[^1] ? _own[row] : PaddingRules.SizeOf(_padding, _own[row] + more);

    // Finds each row's own size; true when all have one.
    private bool Measure(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows)
    {
        if (_own.Length < rows)
        {
            _own = new int[rows];
        }

        var (row, same) = (0, true);
        foreach (var segment in segments)
        {
            for (var left = segment.Span; !left.IsEmpty; row++)
            {
                if (row == rows)
                {
                    throw new InvalidDataException($"There are more bytes than {rows} rows have.");
                }

                var own = -1;
                foreach (var input in _inputs)
                {
                    own = input.OwnSize(left) is var size && (own < 0 || size < 0 || own == size) ? Math.Max(own, size) : throw Uneven(own, size);
                    left = left[PackedRows.TensorLength(input.Spec, left)..];
                }

                (_own[row], same) = (own, same && (row == 0 || own == _own[row - 1]));
            }
        }

        return row == rows ? same : throw new InvalidDataException($"There are {row} rows, not {rows}.");
    }

    // One huge batch must not hold its room for ever.
    private void Trim()
    {
        if (_padded.Capacity + _answered.Capacity > KeptBytesMax)
        {
            (_padded, _answered) = (new(), new());
        }

        Volatile.Write(ref _bufferBytes, _padded.Capacity + _answered.Capacity);
    }

    private RefusedException Uneven(int one, int other) => new(new("rows-malformed", RefusalKind.Malformed,
        $"A row's inputs have the sizes {one} and {other} along the axis '{_padding.Axis}'.", _padding.Axis, "Send a row's inputs with one size along it."));
}
