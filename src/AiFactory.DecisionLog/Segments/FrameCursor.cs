using System.Buffers;
using System.Buffers.Binary;

namespace AiFactory.DecisionLog.Segments;

/// <summary>Bytes of a segment that are not a valid record.</summary>
internal readonly record struct Damage(long From, long To);

/// <summary>Bytes of the log by address, where frames are found.</summary>
internal interface IFrameBytes
{
    /// <summary>Where they lie, for messages.</summary>
    string Path { get; }

    uint Salt { get; }

    long FirstAddress { get; }

    /// <returns>Bytes read; 0 at the end.</returns>
    int Read(long address, Span<byte> into);
}

/// <summary>Walks the valid frames of a segment, passing over damaged bytes to the next valid frame.</summary>
internal sealed class FrameCursor : IDisposable
{
    private const int WindowBytesMin = 256 * 1024;

    private readonly IFrameBytes _segment;
    private readonly long _limit;
    private byte[] _window;
    private long _windowAddress;
    private int _windowBytes;
    private int _payloadBytes;

    /// <param name="limit">Address where to stop.</param>
    /// <param name="windowBytes">Bytes read at a time.</param>
    public FrameCursor(IFrameBytes segment, long from, long limit, int windowBytes = WindowBytesMin)
    {
        (_segment, _limit) = (segment, limit);
        _window = ArrayPool<byte>.Shared.Rent(windowBytes);
        Next = Math.Max(segment.FirstAddress, from + (-from & (Frame.Alignment - 1)));
    }

    public long Address { get; private set; }

    public long Next { get; private set; }

    /// <summary>The record at <see cref="Address"/>; valid until the next move.</summary>
    public ReadOnlySpan<byte> Payload => Window(Address + Frame.HeaderBytes, _payloadBytes);

    /// <summary>What was passed over before <see cref="Address"/> since the last move; empty when nothing was. After the last record: what follows it.</summary>
    public Damage Skipped { get; private set; }

    public bool MoveNext()
    {
        var start = Next;
        var at = start;
        while (at + Frame.HeaderBytes < _limit)
        {
            Next = at;
            if (TryReadHere())
            {
                Skipped = new Damage(start, at);
                return true;
            }

            at = FindMagic(at + Frame.Alignment);
        }

        (Skipped, Next) = (new Damage(start, _limit), _limit);
        return false;
    }

    /// <summary>Moves to the record at <see cref="Next"/> if one begins just there.</summary>
    public bool TryReadHere()
    {
        if (Next + Frame.HeaderBytes >= _limit
            || !Frame.TryParse(Window(Next, Frame.HeaderBytes), _segment.Salt, Next, _limit, out var payloadBytes, out var checksum)
            || Crc32C.Compute(0, Window(Next + Frame.HeaderBytes, payloadBytes)) != checksum)
        {
            return false;
        }

        (Skipped, Address, Next, _payloadBytes) = (new Damage(Next, Next), Next, Next + Frame.Size(payloadBytes), payloadBytes);
        return true;
    }

    /// <summary>Address just after the last byte in a range that is not zero; the range's start when all are zero.</summary>
    public long EndOfContent(long from)
    {
        var end = from;
        for (var at = from; at < _limit;)
        {
            var window = Window(at, (int)Math.Min(WindowBytesMin, _limit - at));
            var last = window.LastIndexOfAnyExcept((byte)0);
            end = last < 0 ? end : at + last + 1;
            at += window.Length;
        }

        return end;
    }

    public void Dispose()
    {
        if (_window.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_window);
            _window = [];
        }
    }

    private long FindMagic(long at)
    {
        while (at < _limit)
        {
            var window = Window(at, (int)Math.Min(WindowBytesMin, _limit - at));
            var hit = window.IndexOfAnyExcept((byte)0);
            if (hit < 0)
            {
                at += window.Length;
                continue;
            }

            for (var i = hit & -Frame.Alignment; i + sizeof(uint) <= window.Length; i += Frame.Alignment)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(window[i..]) == Frame.Magic)
                {
                    return at + i;
                }
            }

            at += window.Length + (-window.Length & (Frame.Alignment - 1));
        }

        return _limit;
    }

    private ReadOnlySpan<byte> Window(long address, int bytes)
    {
        if (address < _windowAddress || address + bytes > _windowAddress + _windowBytes)
        {
            Fill(address, bytes);
        }

        return _window.AsSpan((int)(address - _windowAddress), bytes);
    }

    private void Fill(long address, int bytes)
    {
        if (bytes > _window.Length)
        {
            ArrayPool<byte>.Shared.Return(_window);
            _window = ArrayPool<byte>.Shared.Rent(bytes);
        }

        var wanted = (int)Math.Min(_window.Length, _limit - address);
        _windowAddress = address;
        for (_windowBytes = 0; _windowBytes < wanted;)
        {
            var read = _segment.Read(address + _windowBytes, _window.AsSpan(_windowBytes, wanted - _windowBytes));
            _windowBytes += read > 0 ? read : throw new EndOfStreamException($"{_segment.Path} is shorter than its records.");
        }
    }
}
