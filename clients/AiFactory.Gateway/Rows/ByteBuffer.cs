using System.Buffers;

namespace AiFactory.Gateway.Rows;

/// <summary>Bytes that grow, kept for the next use. One thread at a time.</summary>
internal sealed class ByteBuffer(int capacity = 256) : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public int Capacity => _bytes.Length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Adds so many bytes for the caller to fill.</summary>
    public Span<byte> Append(int count)
    {
        Reserve(count);
        var added = _bytes.AsSpan(Length, count);
        Length += count;
        return added;
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    public void Append(byte value) => Append(1)[0] = value;

    /// <summary>Bytes already written, to be changed in place.</summary>
    public Span<byte> Written(int start) => _bytes.AsSpan(start, Length - start);

    /// <summary>Takes back bytes at the end.</summary>
    public void Truncate(int length) => Length = length;

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + count)));
        }
    }
}
