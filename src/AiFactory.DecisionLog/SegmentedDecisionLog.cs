using System.Buffers;
using AiFactory.DecisionLog.Codec;
using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog;

/// <summary>
/// The log in preallocated segment files. Records are put under a lock, by way of a ring, and are in the last segment before they are synced or read;
/// when <see cref="Append"/> returns, every record before is whole too, so recovery never finds a hole before an acknowledged record.
/// <see cref="DecisionLogOptions.BytesMax"/> bounds the disk space; a segment goes only by <see cref="Drop"/>.
/// </summary>
internal sealed class SegmentedDecisionLog : IDecisionLog, IDisposable
{
    private readonly DecisionLogOptions _options;
    private readonly ILogger _logger;
    private readonly SegmentFolder _folder;
    private readonly SegmentChain _chain;
    private readonly SyncThread _syncThread;
    private readonly SegmentAppender _appender;
    private readonly LogWalk _walk;
    private readonly Lock _gate = new();

    private readonly List<Segment> _sealedUnsynced = [];
    private Segment[] _segments;
    private Segment? _growing;
    private Segment? _sealedLast;
    private long _position;
    private long _tail;
    private TaskCompletionSource? _recordsCame;
    private Exception? _failure;
    private bool _closed;

    /// <param name="options">Where it is.</param>
    /// <param name="logger">Told what was found.</param>
    /// <param name="preallocation">Makes room for segments.</param>
    /// <param name="shipped">The same log as shipped; null when it is not.</param>
    /// <param name="place">Where it is shipped to, for messages.</param>
    /// <exception cref="RefusedException">
    /// <c>log-in-use</c>, <c>log-corrupt</c> when no segment has a valid header, or <c>log-store-unavailable</c>.
    /// </exception>
    public SegmentedDecisionLog(DecisionLogOptions options, ILogger logger, IPreallocation preallocation, ShippedLog? shipped = null, string place = "")
    {
        (_options, _logger, _walk) = (options, logger, new LogWalk(shipped, logger));
        _folder = new SegmentFolder(options.Folder, preallocation);
        try
        {
            var recovered = SegmentRecovery.Recover(options.Folder, _folder.OpenAll(logger), logger);
            _segments = [.. recovered.Segments];
            _tail = _segments.Select(segment => segment.GapFrom).Append(recovered.Tail).Max();
            _growing = recovered.Growing ? _segments[^1] : null;
            _position = _growing is null ? 0 : Math.Max(_tail, _growing.FirstAddress);
            _chain = new SegmentChain(options, _folder, recovered, logger);
            if (shipped is not null && Leaps.Look(shipped, recovered with { Tail = _tail }, options, place, logger) is { } leap)
            {
                LeapOver(leap);
            }
        }
        catch
        {
            _folder.Dispose();
            throw;
        }

        _appender = new SegmentAppender(options, _growing, _position, logger);
        if (_growing is null)
        {
            _chain.Prepare();
        }

        _syncThread = new SyncThread($"decision log sync {options.Name}", synced: 0, options.FsyncInterval, Sync, OnSyncFailed);
        _syncThread.MarkDirty(); // What an earlier process left in the page cache is synced too.
        DecisionLogLog.Opened(logger, options.Folder, _segments.Length, _tail);
    }

    public string Name => _options.Name;

    /// <summary>Every record before it is on the disk.</summary>
    public long SyncedTail => Math.Min(_syncThread.Synced, Tail);

    /// <summary>Oldest first; the last may be growing.</summary>
    public IReadOnlyList<Segment> Segments => Volatile.Read(ref _segments);

    /// <summary>Bytes that all segments take.</summary>
    public long Bytes => _chain.Bytes;

    public long Tail => Volatile.Read(ref _tail);

    public long Append(LogRecord record)
    {
        var payloadBytesMax = _options.SegmentBytes - SegmentHeader.Bytes - Frame.HeaderBytes - Frame.Alignment;
        var bound = RecordCodec.BytesMax(record) + Frame.HeaderBytes + Frame.Alignment;
        if (bound > int.MaxValue)
        {
            throw LogRefusals.RecordTooLarge(int.MaxValue, payloadBytesMax);
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)bound);
        try
        {
            var payloadBytes = RecordCodec.Encode(record, buffer.AsSpan(Frame.HeaderBytes));
            return payloadBytes <= payloadBytesMax
                ? Write(buffer.AsSpan(0, Frame.Size(payloadBytes)), payloadBytes)
                : throw LogRefusals.RecordTooLarge(payloadBytes, payloadBytesMax);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public ValueTask WaitForFsync(long address, CancellationToken cancellation)
    {
        var tail = Tail;
        var synced = _syncThread.Wait(address < tail ? address + 1 : tail);
        return synced.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(AwaitSync(synced, cancellation));
    }

    public LogRecord? Read(long address)
    {
        var tail = Tail;
        _appender.Move(tail);
        return _walk.Read(Volatile.Read(ref _segments), address, tail);
    }

    public IEnumerable<LogEntry> ReadFrom(long from) => LogHeads.EntriesOf(Frames(from));

    public IEnumerable<LogHead> ReadHeadsFrom(long from) => LogHeads.Of(Frames(from));

    public async Task WaitForRecords(long address, CancellationToken cancellation)
    {
        while (Tail <= address)
        {
            Task came;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (_tail > address)
                {
                    return;
                }

                _recordsCame ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                came = _recordsCame.Task;
            }

            await came.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the oldest segment from the disk; its records are read from where they were shipped to.</summary>
    public void Drop(Segment oldest)
    {
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(oldest, _segments[0]);
            ArgumentOutOfRangeException.ThrowIfZero(oldest.End);
            Volatile.Write(ref _segments, _segments[1..]);
        }

        // Who reads it at this moment has it open; it is closed once nobody does.
        _chain.Drop(oldest);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _recordsCame?.TrySetException(new ObjectDisposedException(nameof(IDecisionLog)));
        }

        _syncThread.Dispose();
        _appender.Finish(_position);
        _appender.Dispose();
        _chain.CloseSpares();
        Array.ForEach(_segments, segment => segment.Dispose());
        _folder.Dispose();
    }

    /// <param name="frame">Room for the whole frame, with the payload in its place.</param>
    private long Write(Span<byte> frame, int payloadBytes)
    {
        var checksum = Crc32C.Compute(0, frame.Slice(Frame.HeaderBytes, payloadBytes));
        long address;
        TaskCompletionSource? recordsCame;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_failure is not null)
            {
                throw LogRefusals.SyncFailed(_options.Folder, _failure);
            }

            while (_growing is null || _position + frame.Length > _growing.Limit)
            {
                Roll();
            }

            address = _position;
            try
            {
                _appender.Put(address, frame, payloadBytes, checksum);
            }
            catch (IOException problem)
            {
                throw Failed(problem);
            }

            _position = address + frame.Length;
            Volatile.Write(ref _tail, _position);
            (recordsCame, _recordsCame) = (_recordsCame, null);
        }

        _syncThread.MarkDirty();
        recordsCame?.TrySetResult();
        return address;
    }

    // Takes the next segment first: when there is none, the present one stays open for smaller records and nothing has changed.
    private void Roll()
    {
        var next = _chain.Take();
        try
        {
            _appender.Move(_position);
        }
        catch (IOException problem)
        {
            throw Failed(problem);
        }

        if (_growing is not null)
        {
            _growing.Seal(_position);
            _sealedUnsynced.Add(_growing);
        }

        _appender.GoOnIn(next);
        (_growing, _position) = (next, next.FirstAddress);
        Volatile.Write(ref _segments, [.. _segments, next]);
    }

    private long Sync()
    {
        long synced;
        Segment? growing;
        Segment[] sealedNow;
        bool spareDue;
        lock (_gate)
        {
            (synced, growing, sealedNow) = (_tail, _growing, [.. _sealedUnsynced]);
            _sealedUnsynced.Clear();
            spareDue = !_closed && growing is not null && _position - growing.BaseAddress > growing.Capacity / 2;
        }

        _appender.Move(synced);
        foreach (var segment in sealedNow)
        {
            segment.FlushToDisk();

            // Readers are hardly ever a whole segment behind; who is, or asks for an old decision, reads from the disk.
            _sealedLast?.LeaveMemory();
            _sealedLast = segment;
        }

        growing?.FlushToDisk();
        if (spareDue)
        {
            _chain.Prepare();
        }

        return synced;
    }

    private void LeapOver(Leap leap)
    {
        DecisionLogLog.Restored(_logger, _options.Folder, _tail, leap.ShippedTail, leap.BaseAddress);
        if (_growing is not null)
        {
            _growing.Seal(_position);
            _growing.FlushToDisk();
        }

        _chain.LeapTo(leap.BaseAddress, leap.ShippedTail);
        (_growing, _position, _tail) = (null, 0, leap.ShippedTail);
    }

    private RefusedException Failed(IOException problem)
    {
        _failure = problem;
        return LogRefusals.SyncFailed(_options.Folder, problem);
    }

    private void OnSyncFailed(Exception problem)
    {
        DecisionLogLog.SyncFailed(_logger, _options.Folder, problem);
        lock (_gate)
        {
            _failure = problem;
        }
    }

    private async Task AwaitSync(Task synced, CancellationToken cancellation)
    {
        try
        {
            await synced.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw LogRefusals.SyncFailed(_options.Folder, problem);
        }
    }

    private IEnumerable<FrameCursor> Frames(long from)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        var tail = Tail; // Before the segments: those then hold everything up to it.
        _appender.Move(tail);
        return _walk.Frames(Volatile.Read(ref _segments), from, tail);
    }
}
