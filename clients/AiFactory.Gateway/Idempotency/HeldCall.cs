using AiFactory.Domain.Decisions;
using AiFactory.Domain.Idempotency;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Problems;
using AiFactory.Grains.Idempotency;

namespace AiFactory.Gateway.Idempotency;

/// <summary>A decision made for a call by whoever began it before.</summary>
internal sealed record RecalledDecision(string Log, long Address, DecisionRecord Decision);

/// <summary>
/// A call with an idempotency key that this gateway is at work on. It tells so while it lasts. A gateway that could not tell for half of the lease, be it cut
/// off or asleep, records nothing for the call any more: another one may take it up, and would not find what is recorded later.
/// </summary>
internal sealed class HeldCall : IAsyncDisposable
{
    private static readonly TimeSpan RenewPeriod = KeyedCallRules.Lease / 4;

    private readonly LogDirectory _logs;
    private readonly IKeyedCallsGrain _calls;
    private readonly string _tenant;
    private readonly string _key;
    private readonly string _holder;
    private readonly string _log;
    private readonly IReadOnlyList<LogPlace> _earlier;
    private readonly TimeProvider _time;
    private readonly ITimer _renewing;
    private long _toldAt;
    private bool _decided;
    private bool _ended;
    private Task<RecalledDecision[]>? _recalled;

    /// <param name="log">The log that this gateway records decisions in; empty: the call makes none.</param>
    /// <param name="toldAt">Timestamp of the TimeProvider before the claim was sent.</param>
    public HeldCall(IKeyedCallsGrain calls, LogDirectory logs, string tenant, string key, string holder, string log, IReadOnlyList<LogPlace> earlier, long toldAt, TimeProvider time)
    {
        (_calls, _logs, _tenant, _key, _holder, _log, _earlier, _toldAt, _time) = (calls, logs, tenant, key, holder, log, earlier, toldAt, time);
        RequestId = IdempotencyKey.RequestId(tenant, key);
        _renewing = time.CreateTimer(static state => _ = ((HeldCall)state!).Renew(), this, RenewPeriod, RenewPeriod);
    }

    /// <summary>Names the request in the decision log where it brings no name of its own; the same at every gateway, so that it is assigned to the same variant.</summary>
    public string RequestId { get; }

    /// <summary>To be called right before a decision is recorded.</summary>
    /// <exception cref="RefusedException"><c>idempotency-claim-lost</c>: it must not be recorded.</exception>
    public void BeforeRecord()
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _toldAt)) > KeyedCallRules.Lease / 2)
        {
            throw Lost();
        }

        _decided = true;
    }

    /// <summary>Gives the rows what was decided for them before, if it was.</summary>
    /// <exception cref="RefusedException"><c>idempotency-in-doubt</c>: the log that would hold it cannot be read; <c>decision-made</c>: by a variant that is not served any more.</exception>
    public ValueTask<bool> Recall(in Asked asked) => _earlier.Count == 0 ? new(false) : Recall(asked, _recalled ??= Find(
        asked.RequestId.StartsWith(RequestId, StringComparison.Ordinal) ? RequestId : asked.RequestId));

    /// <summary>Keeps the answer for repeats; from then on it may be given.</summary>
    /// <exception cref="RefusedException"><c>idempotency-claim-lost</c>: another gateway has taken the call up.</exception>
    public async Task Complete(KeptAnswer answer)
    {
        if (!await _calls.Complete(_key, _holder, answer))
        {
            throw Lost();
        }

        _ended = true;
    }

    /// <summary>Lets the call go unless it was completed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _renewing.DisposeAsync();
        if (_ended)
        {
            return;
        }

        try
        {
            await _calls.Release(_key, _holder, _decided || _earlier.Any(place => place.Log == _log), _log);
        }
        catch (Exception failure) when (Failures.IsUnavailable(failure) || Failures.IsFailover(failure))
        {
            // Then it is let go when the lease ends.
        }
    }

    private async Task Renew()
    {
        var now = _time.GetTimestamp();
        try
        {
            if (await _calls.Renew(_key, _holder))
            {
                Volatile.Write(ref _toldAt, now);
            }
        }
        catch (Exception)
        {
            // The next one may get through; if none does, the call is lost.
        }
    }

    private async Task<RecalledDecision[]> Find(string requestId)
    {
        var found = new List<RecalledDecision>();
        foreach (var place in _earlier)
        {
            try
            {
                var decisions = await _logs.Ask(place.Log, log => log.FindRequest(_tenant, place.From, requestId), CancellationToken.None);
                found.AddRange(decisions.Select(decision => new RecalledDecision(place.Log, decision.Address, decision.Decision)));
            }
            catch (Exception failure) when (failure is RefusedException || Failures.IsUnavailable(failure) || Failures.IsFailover(failure))
            {
                throw new RefusedException(new("idempotency-in-doubt", RefusalKind.Unavailable,
                    $"The request may have been decided by '{place.Log}', which is not reachable at present.", place.Log, "Try again with the same key once that silo is up."), failure);
            }
        }

        return [.. found];
    }

    // A name that the caller chose may be that of another request too; with the same input it is the same decision.
    private static async ValueTask<bool> Recall(Asked asked, Task<RecalledDecision[]> finding)
    {
        var (rows, route) = (asked.Rows, asked.Endpoint.Route);
        if (Array.Find(await finding, candidate => candidate.Decision.RequestId == asked.RequestId && candidate.Decision.Endpoint == route.Endpoint
            && candidate.Decision.Features.Span.SequenceEqual(rows.Input.Span)) is not { } found)
        {
            return false;
        }

        var made = found.Decision;
        var variant = Array.Find(asked.Endpoint.Variants, served => served.Route.Name == made.Variant && served.Route.Model.Version == made.ModelVersion && served.Route.Model.Model == made.Model);
        if (variant is null && made.Kind != DecisionKind.Default)
        {
            throw new RefusedException(new("decision-made", RefusalKind.Conflict, $"The request was decided by variant '{made.Variant}', which is not served any more.",
                new DecisionId(found.Log, found.Address).ToString(), "See what was decided with: factory decision explain ID"));
        }

        rows.Recalled = found;
        rows.Output = made.Outputs;
        rows.AnsweredBy = variant == asked.Wanted ? null : variant;
        rows.FellBack = made.Assigned.Length > 0 && made.Kind != DecisionKind.Pinned;
        rows.Kind = made.Kind == DecisionKind.Pinned ? DecisionKind.Model : made.Kind;
        return true;
    }

    private RefusedException Lost() => new(new("idempotency-claim-lost", RefusalKind.Unavailable, "This gateway was cut off while it was at work on the request.", _key,
        "Try again with the same key."));
}
