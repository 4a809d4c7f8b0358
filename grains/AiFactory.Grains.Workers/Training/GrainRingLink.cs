using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using Orleans.Concurrency;

namespace AiFactory.Grains.Workers.Training;

/// <summary>The ring over worker grains: pieces go to the next rank's grain and come in through this rank's inbox.</summary>
internal sealed class GrainRingLink(ShardAssignment assignment, IWorkerGrain next, RingInbox inbox, CancellationToken cancellation) : IRingLink
{
    // Enough to keep the network busy while the next piece is prepared; more only holds memory.
    private const int PiecesInFlightMax = 8;

    private readonly Queue<Task> _inFlight = new();
    private readonly string _run = assignment.Run.ToGrainKey();
    private long _sequence;

    public int Rank => assignment.Rank;

    public int WorldSize => assignment.Ring.Count;

    public void Send(byte[] piece)
    {
        if (_inFlight.Count == PiecesInFlightMax)
        {
            Await(_inFlight.Dequeue());
        }

        _inFlight.Enqueue(Deliver(new RingMessage(_run, assignment.Attempt, Rank, _sequence++, new Immutable<byte[]>(piece))));
    }

    public byte[] Receive() => inbox.Take(cancellation);

    public void Flush()
    {
        while (_inFlight.TryDequeue(out var sent))
        {
            Await(sent);
        }
    }

    private void Await(Task delivered)
    {
        delivered.Wait(cancellation);
        inbox.ThrowIfBroken();
    }

    // Never fails itself: a rank mostly waits for pieces to come, so that is where it must learn that its own no longer arrive.
    private async Task Deliver(RingMessage message)
    {
        try
        {
            await next.Reduce(message).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var peer = assignment.Ring[(Rank + 1) % WorldSize];
            inbox.Break(new RefusedException(
                new Refusal("ring-broken", RefusalKind.Unavailable, $"Worker {peer} took no gradients.", peer.ToGrainKey(),
                    "The run goes on from its last checkpoint by itself while workers remain."),
                exception));
        }
    }
}
