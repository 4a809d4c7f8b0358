using System.Buffers;

namespace AiFactory.Gateway.Requests;

/// <summary>A body as one span; copied only when it came in pieces.</summary>
internal readonly ref struct ContiguousBody
{
    private readonly byte[]? _rented;

    public ContiguousBody(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            Span = body.FirstSpan;
            return;
        }

        var length = (int)body.Length;
        _rented = ArrayPool<byte>.Shared.Rent(length);
        body.CopyTo(_rented);
        Span = _rented.AsSpan(0, length);
    }

    public ReadOnlySpan<byte> Span { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
