using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;

namespace AiFactory.DecisionLog.Tests;

public sealed class SegmentedDecisionLogTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_AllKinds_ReadBackByAddressAndInOrder()
    {
        using var log = _folder.Open();
        LogRecord[] records = [Records.Decision(1), Records.Outcome(64), Records.DeviceTime(7), Records.Decision(2, featureBytes: 0)];

        var addresses = Array.ConvertAll(records, log.Append);

        for (var i = 0; i < records.Length; i++)
        {
            Records.AssertSame(records[i], log.Read(addresses[i]));
        }

        var entries = log.ReadFrom(0).ToList();
        Assert.Equal(addresses, entries.Select(entry => entry.Address));
        Assert.Equal(log.Tail, entries[^1].Next);
        Assert.Equal(addresses[2..], log.ReadFrom(entries[1].Next).Select(entry => entry.Address));
        Assert.True(addresses[0] >= 0 && addresses[^1] < 1L << 56);
    }

    [Fact]
    public void ReadHeadsFrom_Decisions_AreThereButForTheirDetails()
    {
        using var log = _folder.Open();
        LogRecord[] records = [Records.Decision(1), Records.Outcome(64), Records.DeviceTime(7), Records.Decision(2) with { Kind = DecisionKind.Shadow, Original = 64 }];
        var addresses = Array.ConvertAll(records, log.Append);

        var heads = log.ReadHeadsFrom(0).ToList();

        Assert.Equal(addresses, heads.Select(entry => entry.Address));
        Assert.Null(heads[0].Record);
        Assert.Equal(DecisionHead.Of((DecisionRecord)records[0]), heads[0].Decision);
        Assert.Equal(DecisionHead.Of((DecisionRecord)records[3]), heads[3].Decision);
        Records.AssertSame(records[1], heads[1].Record);
        Records.AssertSame(records[2], heads[2].Record);
    }

    [Fact]
    public void Append_BeyondOneSegment_ContinuesInTheNext()
    {
        using var log = _folder.Open();
        var addresses = Enumerable.Range(0, 2_000).Select(i => log.Append(Records.Decision(i))).ToList();

        Assert.True(_folder.SegmentPaths().Length > 4);
        Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
        Records.AssertSame(Records.Decision(1_999), log.Read(addresses[^1]));
        for (var i = 0; i < addresses.Count; i += 97)
        {
            Assert.Equal(addresses[i], log.ReadFrom(addresses[i]).First().Address);
        }
    }

    [Fact]
    public void Open_AfterClose_HasEverythingAndGoesOn()
    {
        List<long> addresses;
        long tail;
        using (var first = _folder.Open())
        {
            addresses = Enumerable.Range(0, 700).Select(i => first.Append(Records.Decision(i))).ToList();
            tail = first.Tail;
        }

        using var second = _folder.Open();
        Assert.Equal(tail, second.Tail);
        addresses.Add(second.Append(Records.Decision(700)));
        Assert.Equal(addresses, second.ReadFrom(0).Select(entry => entry.Address));
        Assert.DoesNotContain(_folder.Logger.Messages, message => message.Level > Microsoft.Extensions.Logging.LogLevel.Information);
    }

    [Fact]
    public void Read_AddressWithoutRecord_GivesNull()
    {
        using var log = _folder.Open();
        Assert.Equal(0, log.Tail);
        Assert.Empty(log.ReadFrom(0));
        var address = log.Append(Records.Decision(1));

        foreach (var other in new[] { -8, 0, address - 8, address + 1, address + 8, log.Tail, log.Tail + 8, 1L << 40, long.MaxValue })
        {
            Assert.Null(log.Read(other));
        }
    }

    [Fact]
    public void Read_FrameForgedInsideAPayload_GivesNull()
    {
        using var log = _folder.Open();
        var victim = log.Append(Records.Decision(1));
        Records.AssertSame(Records.Decision(1), log.Read(victim)); // What is read is in its segment.
        var frame = new byte[log.Tail - victim];
        using (var file = File.OpenHandle(_folder.SegmentPaths()[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            RandomAccess.Read(file, frame, victim);
        }

        var carrier = log.Append(Records.Decision(2) with { Features = frame });

        Assert.All(Enumerable.Range(1, (int)(log.Tail - carrier)), offset => Assert.Null(log.Read(carrier + offset)));
    }

    [Fact]
    public void Append_RecordLargerThanASegment_IsRefused()
    {
        using var log = _folder.Open();
        var refused = Assert.Throws<RefusedException>(() => log.Append(Records.Decision(1, featureBytes: DecisionLogOptions.SegmentBytesMin)));
        Assert.Equal("log-record-too-large", refused.Refusal.Code);
        Assert.Equal(0, log.Tail);
    }

    [Fact]
    public void Open_FolderInUse_IsRefused()
    {
        using var log = _folder.Open();
        var refused = Assert.Throws<RefusedException>(() => _folder.Open());
        Assert.Equal("log-in-use", refused.Refusal.Code);
        log.Append(Records.Decision(1));
    }

    [Fact]
    public void Append_ManyThreads_EveryRecordOnceAtItsAddress()
    {
        using var log = _folder.Open();
        var appended = new (long Address, long Number)[4 * 3_000];
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                var number = thread * 3_000 + i;
                appended[number] = (log.Append(Records.Decision(number, featureBytes: number % 40 == 3 ? 6_000 : 120)), number);
            }
        });

        Assert.Equal(appended.Select(a => a.Address).Order(), log.ReadFrom(0).Select(entry => entry.Address));
        Assert.All(appended, a => Assert.Equal($"request-{a.Number}", Assert.IsType<DecisionRecord>(log.Read(a.Address)).RequestId));
    }

    [Fact]
    public async Task WaitForFsync_RecordOrTail_Completes()
    {
        using var log = _folder.Open();
        await log.WaitForFsync(0, TestContext.Current.CancellationToken);
        var address = log.Append(Records.Decision(1));
        await log.WaitForFsync(address, TestContext.Current.CancellationToken);
        await log.WaitForFsync(log.Tail, TestContext.Current.CancellationToken);
        for (var i = 0; i < 1_000; i++)
        {
            log.Append(Records.Decision(i));
        }

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => log.WaitForFsync(log.Append(Records.Decision(2)), TestContext.Current.CancellationToken).AsTask()));
        Assert.Equal(1_051, log.ReadFrom(0).Count());
    }

    [Fact]
    public async Task WaitForRecords_UntilOneComes_Completes()
    {
        using var log = _folder.Open();
        var waiting = log.WaitForRecords(0, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        log.Append(Records.Decision(1));
        await waiting;

        var next = log.WaitForRecords(log.Tail, TestContext.Current.CancellationToken);
        Assert.False(next.IsCompleted);
        log.Append(Records.Decision(2));
        await next;
        await log.WaitForRecords(0, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WaitForRecords_Cancelled_Throws()
    {
        using var log = _folder.Open();
        using var cancellation = new CancellationTokenSource();
        var waiting = log.WaitForRecords(0, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Append_AfterWarmUp_AllocatesNothing()
    {
        using var log = _folder.Open(segmentBytes: 16 * 1024 * 1024);
        var record = Records.Decision(1);
        for (var i = 0; i < 1_000; i++)
        {
            log.Append(record);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            log.Append(record);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
