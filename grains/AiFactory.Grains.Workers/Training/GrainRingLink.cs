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

        _inFlight.Enqueue(next.Reduce(new RingMessage(_run, assignment.Attempt, Rank, _sequence++, new Immutable<byte[]>(piece))));
    }

    public byte[] Receive() => inbox.Take(cancellation);

    public void Flush()
    {
        while (_inFlight.TryDequeue(out var sent))
        {
            Await(sent);
        }
    }

    private void Await(Task sent)
    {
        try
        {
            sent.WaitAsync(cancellation).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var peer = assignment.Ring[(Rank + 1) % WorldSize];
            throw new RefusedException(
                new Refusal("ring-broken", RefusalKind.Unavailable, $"Worker {peer} took no gradients.", peer.ToGrainKey(),
                    "The run goes on from its last checkpoint by itself while workers remain."),
                exception);
        }
    }
}
