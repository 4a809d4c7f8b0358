using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Tests;

/// <summary>Every way the bytes on the disk can be less than what was written.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TornAnywhereInTheLastRecord_KeepsAllBeforeAndAppendsThere()
    {
        var addresses = Append(10, out var tail);
        var whole = File.ReadAllBytes(_folder.SegmentPaths()[0]);
        for (var cut = addresses[9]; cut < tail; cut += 8)
        {
            var torn = whole.ToArray();
            torn.AsSpan((int)cut, (int)(tail - cut)).Clear();
            File.WriteAllBytes(_folder.SegmentPaths()[0], torn);

            using var log = _folder.Open();
            if (log.Tail == tail)
            {
                continue; // Only padding was cut.
            }

            Assert.Equal(addresses[..9], log.ReadFrom(0).Select(entry => entry.Address));
            Assert.Equal(addresses[9], log.Tail);
            Assert.Equal(addresses[9], log.Append(Records.Decision(99, featureBytes: 8)));
            Records.AssertSame(Records.Decision(99, featureBytes: 8), log.ReadFrom(addresses[9]).Single().Record);
        }

        Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Warning && message.Text.Contains("cut off", StringComparison.Ordinal));
        Assert.DoesNotContain(_folder.Logger.Messages, message => message.Level == LogLevel.Critical);
    }

    [Fact]
    public void Open_FlippedByteInTheMiddle_LosesOneRecordAndSaysSo()
    {
        var addresses = Append(10, out _);
        for (var offset = 0; offset < 64; offset += 3)
        {
            Flip(_folder.SegmentPaths()[0], addresses[4] + offset);
            using (var log = _folder.Open())
            {
                Assert.Equal([.. addresses[..4], .. addresses[5..]], log.ReadFrom(0).Select(entry => entry.Address));
                Assert.Null(log.Read(addresses[4]));
                Records.AssertSame(Records.Decision(5), log.Read(addresses[5]));
            }

            Flip(_folder.SegmentPaths()[0], addresses[4] + offset);
        }

        Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Critical && message.Text.Contains("corrupt", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_OldFrameBehindACutTail_DoesNotComeBack()
    {
        var addresses = Append(3, out _);
        Flip(_folder.SegmentPaths()[0], addresses[2] + 20);
        using (var log = _folder.Open())
        {
            Assert.Equal(addresses[2], log.Append(Records.Decision(7, featureBytes: 0)));
        }

        using var again = _folder.Open();
        Assert.Equal([addresses[0], addresses[1], addresses[2]], again.ReadFrom(0).Select(entry => entry.Address));
        Records.AssertSame(Records.Decision(7, featureBytes: 0), again.Read(addresses[2]));
    }

    [Fact]
    public void ReadFrom_DamageInAnOlderSegment_ReadsTheRestAndReportsIt()
    {
        var addresses = Append(1_000, out _);
        Flip(_folder.SegmentPaths()[0], addresses[20] + 30);

        using var log = _folder.Open();
        Assert.DoesNotContain(_folder.Logger.Messages, message => message.Level == LogLevel.Critical);
        Assert.Equal([.. addresses[..20], .. addresses[21..]], log.ReadFrom(0).Select(entry => entry.Address));
        Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Critical && message.Text.Contains($"{addresses[20]} to {addresses[21]}", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_DamagedHeaderOfOneSegment_ReadsItsRecords()
    {
        var addresses = Append(1_000, out _);
        Flip(_folder.SegmentPaths()[1], 3);

        using var log = _folder.Open();
        Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
        Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Critical && message.Text.Contains("header", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_NotClosedOffBeforeALaterSegment_ClosesItOff()
    {
        var addresses = Append(1_000, out _);
        using (var file = File.OpenHandle(_folder.SegmentPaths()[0], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, new byte[8], Segments.SegmentHeader.EndOffset);
        }

        using (var log = _folder.Open())
        {
            Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
            Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Warning && message.Text.Contains("closed off", StringComparison.Ordinal));
        }

        using var again = _folder.Open();
        Assert.Single(_folder.Logger.Messages, message => message.Level == LogLevel.Warning);
    }

    [Fact]
    public void Open_MissingSegment_ReportsItAndReadsTheOthers()
    {
        var addresses = Append(1_000, out _);
        var lost = _folder.SegmentPaths()[1];
        var from = Convert.ToInt64(Path.GetFileNameWithoutExtension(lost), 16);
        File.Delete(lost);

        using var log = _folder.Open();
        Assert.Equal(addresses.Where(address => address < from || address >= 2 * from), log.ReadFrom(0).Select(entry => entry.Address));
        Assert.Contains(_folder.Logger.Messages, message => message.Level == LogLevel.Critical && message.Text.Contains("missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_UnfinishedSegmentFile_IsRemoved()
    {
        Append(1, out _);
        var unfinished = Path.Combine(_folder.Path, "00000000100000.log.new");
        File.WriteAllBytes(unfinished, new byte[100]);

        using var log = _folder.Open();
        Assert.False(File.Exists(unfinished));
        Assert.Single(log.ReadFrom(0));
    }

    [Fact]
    public void Open_RecordsThatWereOnlyInTheRing_AreThere()
    {
        using var killed = new LogFolder();
        var addresses = AppendAndKill(killed, 20, out var tail);
        using (var segment = File.OpenHandle(killed.SegmentPaths()[0], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(segment, new byte[tail - addresses[3]], addresses[3]);
        }

        using var log = killed.Open();
        Assert.Equal(tail, log.Tail);
        Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
        Assert.All(Enumerable.Range(0, 20), i => Records.AssertSame(Records.Decision(i), log.Read(addresses[i])));
        Assert.Equal(tail, log.Append(Records.Decision(20)));
    }

    [Fact]
    public void Open_RecordsTornInTheRing_DoNotComeBackBehindNewOnes()
    {
        using var killed = new LogFolder();
        var addresses = AppendAndKill(killed, 10, out _);
        using (var segment = File.OpenHandle(killed.SegmentPaths()[0], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(segment, new byte[DecisionLogOptions.SegmentBytesMin - addresses[0]], addresses[0]);
        }

        Flip(Path.Combine(killed.Path, "log.ring"), addresses[5] + 20);
        using var killedAgain = new LogFolder();
        using (var log = killed.Open())
        {
            Assert.Equal(addresses[..5], log.ReadFrom(0).Select(entry => entry.Address));
            Assert.Equal(addresses[5], log.Append(Records.Decision(5)));
            Copy(killed, killedAgain);
        }

        using var again = killedAgain.Open();
        Assert.Equal(addresses[..6], again.ReadFrom(0).Select(entry => entry.Address));
    }

    [Fact]
    public void CopyTo_ClosedRing_ThrowsInsteadOfReadingWhatIsGone()
    {
        using var other = new LogFolder();
        var ring = new Segments.AppendRing(other.Path, DecisionLogOptions.SegmentBytesMin);
        ring.Dispose();
        using var folder = new Segments.SegmentFolder(other.Path, new Segments.Preallocation());
        using var segment = folder.Create(0, DecisionLogOptions.SegmentBytesMin);
        Assert.Throws<ObjectDisposedException>(() => ring.CopyTo(segment, segment.FirstAddress, segment.FirstAddress + 8));
    }

    // What is on the disk at a moment at which the process might have died.
    private List<long> AppendAndKill(LogFolder killed, int count, out long tail)
    {
        using var log = _folder.Open();
        var addresses = Enumerable.Range(0, count).Select(i => log.Append(Records.Decision(i))).ToList();
        tail = log.Tail;
        Copy(_folder, killed);
        return addresses;
    }

    private static void Copy(LogFolder from, LogFolder to)
    {
        foreach (var path in Directory.EnumerateFiles(from.Path).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = File.Create(Path.Combine(to.Path, Path.GetFileName(path)));
            source.CopyTo(copy);
        }
    }

    private List<long> Append(int count, out long tail)
    {
        using var log = _folder.Open();
        var addresses = Enumerable.Range(0, count).Select(i => log.Append(Records.Decision(i))).ToList();
        tail = log.Tail;
        return addresses;
    }

    private static void Flip(string path, long offset)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(file, one, offset);
        one[0] ^= 0x5A;
        RandomAccess.Write(file, one, offset);
    }
}
