using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>
/// Runs models with free axes: rows of equal sizes run together, each bucket on buffers bound for its sizes; outputs of which no size is known before are
/// cut into rows as they come. Without a batch axis every row runs alone.
/// </summary>
internal sealed class RaggedRunner : IRowRunner
{
    private const int RunRowsMax = 64;
    private const int RunBytesMax = 16 * 1024 * 1024;

    private readonly ModelSignature _signature;
    private readonly ShapedBindings _bindings;
    private readonly RowBuckets _buckets;
    private readonly int _inputAxes;
    private ArrayBufferWriter<byte> _staged = new();
    private RowPlace[] _places = new RowPlace[RunRowsMax];
    private int[] _sizes = [];
    private int[] _lengths = new int[RunRowsMax];

    public RaggedRunner(InferenceSession session, ModelSignature signature)
    {
        _signature = signature;
        _bindings = new(session, signature);
        _buckets = new(signature.Batched ? RunRowsMax : 1, RunBytesMax);
        _inputAxes = signature.Inputs.Sum(input => input.FreeAxes);
    }

    public long BufferBytes => _bindings.Bytes;

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs, RunOptions options)
    {
        Read(segments, rows);
        _buckets.Plan(_sizes, _inputAxes, _lengths.AsSpan(0, rows));
        if (_buckets.Count == 1)
        {
            RunBucket(segments, 0, outputs, options);
            return;
        }

        // Buckets end in another order than their rows came.
        _staged.ResetWrittenCount();
        for (var bucket = 0; bucket < _buckets.Count; bucket++)
        {
            RunBucket(segments, bucket, _staged, options, staged: true);
        }

        for (var row = 0; row < rows; row++)
        {
            outputs.Write(_staged.WrittenSpan.Slice(_places[row].Output, _places[row].OutputLength));
        }

        if (_staged.Capacity > RunBytesMax)
        {
            _staged = new();
        }
    }

    public void Dispose() => _bindings.Dispose();

    // Where each row stands, how long it is, and the sizes of its free axes.
    private void Read(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows)
    {
        if (_places.Length < rows)
        {
            (_places, _lengths) = (new RowPlace[rows], new int[rows]);
        }

        if (_sizes.Length < rows * _inputAxes)
        {
            _sizes = new int[rows * _inputAxes];
        }

        var (segment, offset) = (0, 0);
        for (var row = 0; row < rows; row++)
        {
            while (segment < segments.Length && offset == segments[segment].Length)
            {
                (segment, offset) = (segment + 1, 0);
            }

            var left = segment < segments.Length ? segments[segment].Span[offset..] : throw new InvalidDataException($"There are {row} rows, not {rows}.");
            var at = 0;
            var axis = row * _inputAxes;
            foreach (var input in _signature.Inputs)
            {
                var length = PackedRows.TensorLength(input, left[at..]);
                for (var d = 0; input.FreeAxes > 0 && d < input.RowShape.Count; d++)
                {
                    if (input.RowShape[d] < 0)
                    {
                        _sizes[axis++] = PackedRows.Size(input, left[at..], d);
                    }
                }

                at += length;
            }

            (_places[row], _lengths[row]) = (new(segment, offset), at);
            offset += at;
        }

        for (; segment < segments.Length; (segment, offset) = (segment + 1, 0))
        {
            if (offset < segments[segment].Length)
            {
                throw new InvalidDataException($"There are more bytes than {rows} rows have.");
            }
        }
    }

    private void RunBucket(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int bucket, IBufferWriter<byte> outputs, RunOptions options, bool staged = false)
    {
        var members = _buckets.Rows(bucket);
        var binding = _bindings.For(members.Length, _sizes.AsSpan(members[0] * _inputAxes, _inputAxes));
        for (var i = 0; i < members.Length; i++)
        {
            var place = _places[members[i]];
            binding.Fill(i, segments[place.Segment].Span.Slice(place.Offset, _lengths[members[i]]));
        }

        using var results = binding.Run(options);
        for (var i = 0; i < members.Length; i++)
        {
            var start = staged ? _staged.WrittenCount : 0;
            results.WriteRow(i, outputs);
            if (staged)
            {
                _places[members[i]] = _places[members[i]] with { Output = start, OutputLength = _staged.WrittenCount - start };
            }
        }
    }

    private readonly record struct RowPlace(int Segment, int Offset, int Output = 0, int OutputLength = 0);
}
