using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using CsCheck;

namespace AiFactory.Projections.Tests;

/// <summary>Whatever is interleaved and whatever dies between batches, totals are those of a naive recount of the log.</summary>
public sealed class ExactlyOnceTests
{
    private enum Step
    {
        Decide,
        Outcome,
        Interval,
        ReadLedger,
        ReadExperiments,
        ApplyAgain,
        Restart,
    }

    private static readonly Gen<(Step Step, int A, int B)[]> GenSteps = Gen.Select(
        Gen.Frequency((8, Gen.Const(Step.Decide)), (5, Gen.Const(Step.Outcome)), (2, Gen.Const(Step.Interval)), (1, Gen.Const(Step.ReadLedger)),
            (1, Gen.Const(Step.ReadExperiments)), (1, Gen.Const(Step.ApplyAgain)), (1, Gen.Const(Step.Restart))),
        Gen.Int[0, 1_000],
        Gen.Int[0, 1_000]).Array[1, 80];

    [Fact]
    public Task Projections_AnyInterleaving_MatchANaiveRecount() => GenSteps.SampleAsync(Check, iter: 25, threads: 1);

    private static async Task Check((Step Step, int A, int B)[] steps)
    {
        using var factory = new Factory(batchRecordsMax: 7);
        var decisions = new List<long>();
        foreach (var (step, a, b) in steps)
        {
            switch (step)
            {
                case Step.Decide:
                    decisions.Add(factory.Log.Append(Factory.Decision(a, tenant: a % 5 == 0 ? "acme" : "default", variant: a % 2 == 0 ? "a" : "b", positive: b % 3 == 0, cost: b, worker: $"silo-1/cpu-{a % 2}")));
                    break;
                case Step.Outcome when decisions.Count > 0:
                    factory.Log.Append(new OutcomeRecord(Factory.Noon, "default", "churn", decisions[a % decisions.Count], b % 2 == 0 ? "yes" : "no", b % 2 == 0));
                    break;
                case Step.Interval:
                    factory.Log.Append(Factory.Interval(a, inference: a, training: b % 4, idle: b, worker: $"silo-1/cpu-{a % 2}"));
                    break;
                case Step.ReadLedger:
                    await factory.LedgerReader.CatchUp(TestContext.Current.CancellationToken);
                    break;
                case Step.ReadExperiments:
                    await factory.ExperimentReader.CatchUp(TestContext.Current.CancellationToken);
                    break;
                case Step.ApplyAgain:
                    ApplyAgain(factory, a);
                    break;
                case Step.Restart:
                    factory.Restart();
                    break;
            }
        }

        await Compare(factory);
    }

    // A batch that goes in once more, from somewhere before the position and perhaps beyond it: as if the reader had died just after its transaction.
    private static void ApplyAgain(Factory factory, int seed)
    {
        var records = factory.Log.ReadHeadsFrom(0).Take(seed % 40).ToList();
        if (records.Count > 0)
        {
            factory.LedgerStore.Apply(factory.Log.Name, records, records[^1].Next);
            factory.ExperimentStore.Apply(factory.Log.Name, records, records[^1].Next);
            factory.Restart();
        }
    }

    private static async Task Compare(Factory factory)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var log = factory.Log.ReadFrom(0).ToList();
        foreach (var tenant in new[] { "default", "acme" })
        {
            Assert.Equal(Recount(log, tenant), (await factory.Figures.Read(new(tenant, "churn"), cancellation)).Variants);
            var reconciled = await factory.Reconcile(tenant, cancellation);
            Assert.True(reconciled.Exact, string.Join(' ', reconciled.Findings));
            Assert.Equal(Decisions(log, tenant).Aggregate(Picodollars.Zero, (sum, decision) => sum + decision.Record.Cost), reconciled.LedgerDecisions);
        }
    }

    private static IEnumerable<(long Address, DecisionRecord Record)> Decisions(List<LogEntry> log, string tenant) =>
        log.Where(entry => entry.Record is DecisionRecord decision && decision.Tenant == tenant).Select(entry => (entry.Address, (DecisionRecord)entry.Record));

    private static List<VariantFigures> Recount(List<LogEntry> log, string tenant)
    {
        var first = log.Select(entry => entry.Record).OfType<OutcomeRecord>().GroupBy(outcome => outcome.DecisionAddress).ToDictionary(group => group.Key, group => group.First().Positive);
        return [.. Decisions(log, tenant).GroupBy(decision => decision.Record.Variant).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new VariantFigures(
            group.Key, "mlp@1", group.Count(), Cells(group, true, true), Cells(group, true, false), Cells(group, false, false), Cells(group, false, true),
            group.Aggregate(Picodollars.Zero, (sum, decision) => sum + decision.Record.Cost), 1, group.Count()))];

        long Cells(IEnumerable<(long Address, DecisionRecord Record)> group, bool predicted, bool actual) =>
            group.Count(decision => decision.Record.PositivePredicted == predicted && first.TryGetValue(decision.Address, out var positive) && positive == actual);
    }
}
