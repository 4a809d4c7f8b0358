using System.Collections.Concurrent;
using System.Diagnostics;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>A decision that a client was answered.</summary>
internal sealed record Decided(string Id, string Unit, string Prediction, string Cost);

/// <summary>What the clients know: every decision and outcome that was acknowledged to them, and how much they asked for in all.</summary>
internal sealed class Journal
{
    private readonly ConcurrentQueue<Decided> _decisions = new();
    private readonly ConcurrentDictionary<string, string> _outcomes = new(StringComparer.Ordinal);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Lock _timing = new();
    private TimeSpan _latest;
    private int _asked;
    private int _accepted;

    public IReadOnlyCollection<Decided> Decisions => _decisions;

    /// <summary>Labels by decision.</summary>
    public IReadOnlyDictionary<string, string> Outcomes => _outcomes;

    /// <summary>Decisions asked for, answered or not.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Outcomes whose receipt called them new.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Longest time in which no decision was answered: to be looked at, not to be tested for.</summary>
    public TimeSpan LongestSilence { get; private set; }

    public void Ask() => Interlocked.Increment(ref _asked);

    public void Answered(Decided decision)
    {
        _decisions.Enqueue(decision);
        lock (_timing)
        {
            var now = _watch.Elapsed;
            LongestSilence = now - _latest > LongestSilence ? now - _latest : LongestSilence;
            _latest = now;
        }
    }

    public void Acknowledged(string decision, string label, long accepted)
    {
        _outcomes[decision] = label;
        Interlocked.Add(ref _accepted, (int)accepted);
    }
}
