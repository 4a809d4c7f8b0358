using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;

namespace AiFactory.Gateway.Decisions;

/// <summary>What there is of a decision in its log.</summary>
/// <param name="Standing">How the log was read; null: its owner answered.</param>
internal sealed record LoggedDecision(DecisionRecord Decision, OutcomeRecord? Outcome, IReadOnlyList<long> Shadows, LogStanding? Standing = null);

/// <summary>Reads decisions of logs whose owners do not answer, from where they were shipped to.</summary>
/// <param name="logs">Null where no log is shipped.</param>
internal sealed class ShippedDecisions(TimeProvider time, IShippedLogs? logs = null)
{
    private const int ShadowsWithin = 10_000;

    // An outcome may have come any time later. A decision is not kept from whoever asks for the sake of one that is far off.
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    /// <summary>Null when the decision is not among what was shipped.</summary>
    public Task<LoggedDecision?> Read(string tenant, DecisionId id, CancellationToken cancellation) =>
        logs is null ? Task.FromResult<LoggedDecision?>(null) : Task.Run(() => Look(logs, tenant, id, cancellation), cancellation);

    private LoggedDecision? Look(IShippedLogs shipped, string tenant, DecisionId id, CancellationToken cancellation)
    {
        if (shipped.Read(id.Log, id.Address) is not DecisionRecord decision || decision.Tenant != tenant)
        {
            return null;
        }

        OutcomeRecord? outcome = null;
        var shadows = new List<long>();
        var (began, seen, position) = (time.GetTimestamp(), 0, id.Address);
        foreach (var entry in shipped.ReadHeadsFrom(id.Log, id.Address))
        {
            cancellation.ThrowIfCancellationRequested();
            (seen, position) = (seen + 1, entry.Next);
            if (entry.Record is OutcomeRecord found && found.DecisionAddress == id.Address)
            {
                outcome ??= found;
            }
            else if (seen <= ShadowsWithin && entry.Record is null && entry.Decision.Kind == DecisionKind.Shadow && entry.Decision.Original == id.Address && entry.Decision.Tenant == tenant)
            {
                shadows.Add(entry.Address);
            }

            if ((outcome is not null && seen >= ShadowsWithin) || time.GetElapsedTime(began) > LookMax)
            {
                break;
            }
        }

        return new(decision, outcome, shadows, new(id.Log, LogKind.Silo, LogState.Published, position, null));
    }
}
