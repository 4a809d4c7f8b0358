using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Protection;

/// <summary>When and how often a variant's requests are sent to a second replica.</summary>
internal sealed class VariantHedge(HedgeTerms terms, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Percentile95 _late;
    private HedgeCredit _credit;
    private long _sent;
    private long _requests;

    public HedgeTerms Terms => terms;

    /// <summary>Requests sent twice so far.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Sends the rows to a replica and, when it is late, to another one too.</summary>
    /// <param name="choice">Chooses the other replica, among the variant's.</param>
    public async ValueTask<InferenceEnd> Infer(PendingInference rows, Lane first, ServedVariant variant, PowerOfTwoChoices choice)
    {
        var begun = time.GetTimestamp();
        using var race = new HedgeRace(rows);
        race.Start(first);
        if (Delay() is { } delay)
        {
            // Completes when the time is over, or with the race.
            await Task.WhenAny(race.Ended, Task.Delay(delay, time, race.Over)).ConfigureAwait(false);
            if (!race.Ended.IsCompleted && !race.Over.IsCancellationRequested && choice.Choose(variant.Lanes, variant.Active, first) is { } other && TrySpend())
            {
                race.Start(other);
            }
        }

        var end = await race.Ended.ConfigureAwait(false);
        if (end == InferenceEnd.Done)
        {
            Observe(time.GetElapsedTime(begun));
        }

        return end;
    }

    // Null: nothing is known yet of how long answers take.
    private TimeSpan? Delay()
    {
        lock (_gate)
        {
            Volatile.Write(ref _requests, _requests + 1);
            _credit = _credit.Earn(terms.FractionMax);
            return terms.AfterMs > 0 ? TimeSpan.FromMilliseconds(terms.AfterMs) : _late.Value > 0 ? TimeSpan.FromMilliseconds(_late.Value) : null;
        }
    }

    private bool TrySpend()
    {
        lock (_gate)
        {
            (var granted, _credit) = _credit.Spend();
            Volatile.Write(ref _sent, _sent + (granted ? 1 : 0));
            return granted;
        }
    }

    private void Observe(TimeSpan taken)
    {
        lock (_gate)
        {
            _late = _late.With(taken.TotalMilliseconds);
        }
    }
}
