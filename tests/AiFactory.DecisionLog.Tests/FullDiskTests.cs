using AiFactory.DecisionLog.Segments;
using AiFactory.Domain.Refusals;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Tests;

public sealed class FullDiskTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_BoundReached_IsRefusedAndReadingGoesOn()
    {
        using var log = _folder.Open(bytesMax: 3 * DecisionLogOptions.SegmentBytesMin);
        var addresses = AppendUntilFull(log, out var refusal);

        Assert.Equal(("log-full", RefusalKind.StorageFull), (refusal.Code, refusal.Kind));
        Assert.Equal(3, _folder.SegmentPaths().Length);
        Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
        Assert.Equal(log.Tail, log.Append(Records.Outcome(addresses[0]))); // What still fits is still taken.
    }

    [Fact]
    public void Append_DiskFullThenFreed_GoesOn()
    {
        var disk = new Disk { SegmentsFree = 2 };
        using var log = _folder.Open(preallocation: disk);
        var addresses = AppendUntilFull(log, out var refusal);
        Assert.Equal("log-full", refusal.Code);
        var tail = log.Tail;
        Assert.Throws<RefusedException>(() => log.Append(Records.Decision(1, featureBytes: 4_096)));
        Assert.Equal(tail, log.Tail);
        Assert.Equal(2, Directory.GetFiles(_folder.Path, "*.log*").Length);

        disk.SegmentsFree = 1;
        addresses.Add(log.Append(Records.Decision(1, featureBytes: 4_096)));
        Assert.Equal(addresses, log.ReadFrom(0).Select(entry => entry.Address));
    }

    [Fact]
    public void Open_DiskFull_StillReads()
    {
        using (var log = _folder.Open())
        {
            log.Append(Records.Decision(1));
        }

        using var again = _folder.Open(preallocation: new Disk());
        Assert.Single(again.ReadFrom(0));
        using var other = new LogFolder();
        using var empty = other.Open(preallocation: new Disk());
        Assert.Throws<RefusedException>(() => empty.Append(Records.Decision(1)));
    }

    [Fact]
    public void WriteZeros_OfAnySize_LeavesThatManyBytes()
    {
        var path = Path.Combine(_folder.Path, "zeros");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        Preallocation.WriteZeros(file, 3 * 1024 * 1024 + 4096);
        Assert.Equal(3 * 1024 * 1024 + 4096, RandomAccess.GetLength(file));
    }

    private static List<long> AppendUntilFull(SegmentedDecisionLog log, out Refusal refusal)
    {
        var addresses = new List<long>();
        while (true)
        {
            try
            {
                addresses.Add(log.Append(Records.Decision(addresses.Count, featureBytes: 500)));
            }
            catch (RefusedException full)
            {
                refusal = full.Refusal;
                return addresses;
            }
        }
    }

    private sealed class Disk : IPreallocation
    {
        public int SegmentsFree { get; set; }

        public void Allocate(SafeFileHandle file, long bytes)
        {
            if (SegmentsFree-- <= 0)
            {
                SegmentsFree = 0;
                RandomAccess.Write(file, new byte[100], 0);
                throw new IOException("No space left on device.");
            }

            new Preallocation().Allocate(file, bytes);
        }
    }
}
