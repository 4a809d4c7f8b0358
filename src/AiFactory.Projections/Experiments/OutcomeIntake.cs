using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Experiments;

/// <summary>
/// Checks outcomes and appends new ones, one report at a time. Whether an outcome is known is asked of the store and of those appended but not read back yet,
/// so that the log never holds two different outcomes of one decision.
/// </summary>
internal sealed class OutcomeIntake(IDecisionLog log, LogReader<ExperimentStore> reader, IDecisionClasses classes, TimeProvider time) : IOutcomeIntake, IDisposable
{
    private const int UnreadPruneAbove = 1_000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<long, (string Label, long AppendedAt)> _unread = [];
    private bool _caughtUp;

    public async Task<OutcomeReceipt> Report(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (!_caughtUp)
            {
                await reader.CatchUp(cancellation); // What an earlier process appended.
                _caughtUp = true;
            }

            var receipt = new OutcomeReceipt(0, 0, []);
            var refused = new List<RefusedOutcome>();
            foreach (var outcome in outcomes)
            {
                var taken = await Take(tenant, endpoint, outcome, cancellation);
                if (!taken.Granted)
                {
                    refused.Add(new RefusedOutcome(outcome.DecisionId, taken.Refusal));
                    continue;
                }

                receipt = taken.Value ? receipt with { Accepted = receipt.Accepted + 1 } : receipt with { Repeated = receipt.Repeated + 1 };
            }

            return receipt with { Refused = refused };
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <returns>Whether the outcome is new; or why it is not taken.</returns>
    private async ValueTask<Ruling<bool>> Take(string tenant, string endpoint, OutcomeReport outcome, CancellationToken cancellation)
    {
        var id = DecisionId.Parse(outcome.DecisionId);
        if (!id.Granted)
        {
            return id.Refusal;
        }

        if (id.Value.Log != log.Name || log.Read(id.Value.Address) is not DecisionRecord decision || decision.Tenant != tenant || decision.Endpoint != endpoint)
        {
            return OutcomeRefusals.NotFound(outcome.DecisionId);
        }

        var known = decision.Predicted.Length == 0 ? null : await classes.ClassesOf(new ModelVersionKey(tenant, decision.Model, decision.ModelVersion), cancellation);
        if (known is null)
        {
            return OutcomeRefusals.NoClasses(outcome.DecisionId);
        }

        outcome = outcome with { Label = Spelled(outcome.Label, known) };
        if (outcome.Label != known.Positive && outcome.Label != known.Negative)
        {
            return OutcomeRefusals.UnknownLabel(outcome, known);
        }

        return await LabelOf(id.Value.Address, cancellation) is not { } label ? Append(id.Value.Address, decision, outcome.Label, outcome.Label == known.Positive)
            : label == outcome.Label ? false
            : OutcomeRefusals.Conflict(outcome, label);
    }

    /// <summary>True, TRUE and true are one label where the classes are true and false, as they are one value to ingestion.</summary>
    private static string Spelled(string label, BinaryClasses classes)
    {
        string[] names = [classes.Negative, classes.Positive];
        return names.All(name => name is "true" or "false") ? names.FirstOrDefault(name => name.Equals(label, StringComparison.OrdinalIgnoreCase)) ?? label : label;
    }

    private async ValueTask<string?> LabelOf(long address, CancellationToken cancellation) =>
        _unread.TryGetValue(address, out var unread)
            ? unread.Label
            : (await reader.QueryAsItStands(store => store.Outcome(log.Name, address), cancellation))?.Label;

    private Ruling<bool> Append(long decision, DecisionRecord record, string label, bool positive)
    {
        try
        {
            var at = log.Append(new OutcomeRecord(time.GetUtcNow(), record.Tenant, record.Endpoint, decision, label, positive));
            _unread.Add(decision, (label, at));
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }

        if (_unread.Count > UnreadPruneAbove)
        {
            var position = reader.Position;
            foreach (var read in _unread.Where(pair => pair.Value.AppendedAt < position).Select(pair => pair.Key).ToList())
            {
                _unread.Remove(read);
            }
        }

        return true;
    }
}
