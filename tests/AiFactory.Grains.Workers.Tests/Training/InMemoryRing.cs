using AiFactory.Grains.Workers.Training;

namespace AiFactory.Grains.Workers.Tests.Training;

/// <summary>Ranks as threads of this process, their inboxes joined into a ring.</summary>
internal sealed class InMemoryRing(int ranks)
{
    private readonly RingInbox[] _inboxes = [.. Enumerable.Range(0, ranks).Select(_ => new RingInbox())];
    private long _bytesSent;

    public long BytesSent => _bytesSent;

    /// <summary>Sums each rank's values, each on a thread of its own.</summary>
    public void Sum(float[][] values, CancellationToken cancellation)
    {
        var failures = new Exception?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                RingAllReduce.Sum(values[rank], Link(rank, cancellation));
            }
            catch (Exception failure)
            {
                failures[rank] = failure;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (Array.Find(failures, failure => failure is not null) is { } first)
        {
            throw first;
        }
    }

    public IRingLink Link(int rank, CancellationToken cancellation) => new MemoryLink(this, rank, cancellation);

    private sealed class MemoryLink(InMemoryRing ring, int rank, CancellationToken cancellation) : IRingLink
    {
        private long _sequence;

        public int Rank => rank;

        public int WorldSize => ring._inboxes.Length;

        public void Send(byte[] piece)
        {
            Interlocked.Add(ref ring._bytesSent, piece.Length);
            ring._inboxes[(rank + 1) % WorldSize].Post(_sequence++, piece);
        }

        public byte[] Receive() => ring._inboxes[rank].Take(cancellation);

        public void Flush()
        {
        }
    }
}
