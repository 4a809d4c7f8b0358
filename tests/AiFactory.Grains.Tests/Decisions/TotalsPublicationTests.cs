using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Tests.Doubles;
using CsCheck;

namespace AiFactory.Grains.Tests.Decisions;

/// <summary>Totals over several logs against a recount of all their records, while processes come, go and die.</summary>
public sealed class TotalsPublicationTests
{
    private enum Step
    {
        Decide,
        Outcome,
        Interval,
        Publish,
        Stop,
        Kill,
        Start,
        Compare,
    }

    private static readonly Gen<(Step Step, int Log, int A, int B)[]> GenSteps = Gen.Select(
        Gen.Frequency((8, Gen.Const(Step.Decide)), (4, Gen.Const(Step.Outcome)), (2, Gen.Const(Step.Interval)), (2, Gen.Const(Step.Publish)), (1, Gen.Const(Step.Stop)),
            (1, Gen.Const(Step.Kill)), (3, Gen.Const(Step.Start)), (1, Gen.Const(Step.Compare))),
        Gen.Int[0, 2], Gen.Int[0, 1_000], Gen.Int[0, 1_000]).Array[1, 80];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Totals_AnyInterleaving_MatchARecountOfAllLogs() => GenSteps.SampleAsync(Check, iter: 30, threads: 1);

    [Fact]
    public async Task Publish_LogFoundShorterThanItsTotals_LaterTotalsWin()
    {
        using var machine = new LogMachine("silo-1", new MemoryObjects());
        machine.Start();
        for (var i = 0; i < 10; i++)
            machine.Append(Records.Decision("acme", 100, "silo-1/cpu-0"));
        await machine.Publish();
        machine.LoseLog();

        machine.Start();
        machine.Append(Records.Decision("acme", 7, "silo-1/cpu-0"));
        await machine.Publish();
        machine.Kill();

        Assert.Equal(new Picodollars(7), StatementRules.Sum("acme", [await machine.Ledger("acme")], Records.Noon).LedgerTotal);
        Assert.Equal(1, (await machine.Reconciliation("acme")).Share!.Decisions);
    }

    [Fact]
    public async Task Publish_ReadersBeginAnew_CountsFromTheBeginning()
    {
        using var machine = new LogMachine("silo-1", new MemoryObjects());
        machine.Start();
        machine.Append(Records.Decision("acme", 100, "silo-1/cpu-0"));
        await machine.Publish();
        machine.LoseProjections();

        machine.Start();
        machine.Append(Records.Decision("acme", 7, "silo-1/cpu-0"));
        await machine.Publish();
        machine.Kill();

        var proof = ReconciliationRules.Compare([await machine.Reconciliation("acme")]);
        Assert.True(proof.Exact, string.Join(' ', proof.Findings));
        Assert.Equal((2L, new Picodollars(107)), (proof.Decisions, proof.LogDecisions));
    }

    [Fact]
    public async Task Publish_EarlierTotalsWrittenLater_DoNotWin()
    {
        var objects = new MemoryObjects();
        using var machine = new LogMachine("silo-1", objects);
        machine.Start();
        machine.Append(Records.Decision("acme", 1, "silo-1/cpu-0"));
        await machine.Publish();
        var early = await new PublishedTotals(objects).Read("silo-1", Cancellation);
        machine.Append(Records.Decision("acme", 2, "silo-1/cpu-0"));
        await machine.Publish();

        await new PublishedTotals(objects).Publish(early!, Cancellation);
        machine.Kill();

        Assert.Equal(new Picodollars(3), StatementRules.Sum("acme", [await machine.Ledger("acme")], Records.Noon).LedgerTotal);
    }

    [Fact]
    public async Task Publish_NothingNew_WritesNothing()
    {
        var objects = new MemoryObjects();
        using var machine = new LogMachine("silo-1", objects);
        machine.Start();
        machine.Append(Records.Decision("acme", 1, "silo-1/cpu-0"));

        Assert.True(await machine.Publish());
        Assert.False(await machine.Publish());
        Assert.Single(objects.List("totals/silo-1"));
    }

    private static async Task Check((Step Step, int Log, int A, int B)[] steps)
    {
        var objects = new MemoryObjects();
        LogMachine[] machines = [.. Enumerable.Range(1, 3).Select(number => new LogMachine($"silo-{number}", objects))];
        try
        {
            foreach (var (step, log, a, b) in steps.Prepend((Step.Start, 0, 0, 0)))
            {
                var machine = machines[log];
                switch (step)
                {
                    case Step.Decide when machine.Up:
                        machine.Append(Records.Decision(a % 4 == 0 ? "acme" : "default", b, $"silo-{1 + (a % 3)}/cpu-0", variant: b % 2 == 0 ? "a" : "b", positive: a % 2 == 0));
                        break;
                    case Step.Outcome when machine is { Up: true, Decisions.Count: > 0 }:
                        var decided = machine.Decisions[a % machine.Decisions.Count];
                        machine.Append(new OutcomeRecord(Records.Noon, decided.Record.Tenant, "churn", decided.Address, b % 2 == 0 ? "yes" : "no", b % 2 == 0));
                        break;
                    case Step.Interval when machine.Up:
                        machine.Append(Records.Interval($"{machine.Name}/cpu-0", a, b));
                        break;
                    case Step.Publish when machine.Up:
                        await machine.Publish();
                        break;
                    case Step.Stop when machine.Up:
                        await machine.Stop();
                        break;
                    case Step.Kill when machine.Up:
                        machine.Kill();
                        break;
                    case Step.Start when !machine.Up:
                        machine.Start();
                        break;
                    case Step.Compare:
                        await Compare(machines);
                        break;
                }
            }

            await Compare(machines);
        }
        finally
        {
            Array.ForEach(machines, machine => machine.Dispose());
        }
    }

    private static async Task Compare(LogMachine[] machines)
    {
        LogMachine[] known = [.. machines.Where(machine => machine.Known)];
        foreach (var tenant in new[] { "default", "acme" })
        {
            var ledgers = await Task.WhenAll(known.Select(machine => machine.Ledger(tenant)));
            AssertStatement(tenant, StatementRules.Sum(tenant, ledgers, Records.Noon), [.. known.Zip(ledgers).SelectMany(pair => pair.First.Before(pair.Second))]);

            var books = await Task.WhenAll(known.Select(machine => machine.Reconciliation(tenant)));
            var proof = ReconciliationRules.Compare(books);
            var counted = known.Zip(books).SelectMany(pair => pair.First.Before(pair.Second)).Select(entry => entry.Record).OfType<DecisionRecord>().Where(decision => decision.Tenant == tenant).ToList();
            Assert.True(proof.Exact || books.Any(share => share.Share is null), string.Join(' ', proof.Findings));
            Assert.Equal((counted.Count, Sum(counted.Select(decision => decision.Cost))), (proof.Decisions, proof.LedgerDecisions));
            Assert.Equal(proof.LedgerDecisions, proof.LogDecisions);

            var figures = await Task.WhenAll(known.Select(machine => machine.Figures(tenant)));
            AssertFigures(tenant, ExperimentRules.Sum(figures.SelectMany(share => share.Share?.Variants ?? [])), [.. known.Zip(figures).Select(pair => pair.First.Before(pair.Second).ToList())]);
        }
    }

    private static void AssertStatement(string tenant, CostStatement statement, List<(string Log, long Address, LogRecord Record)> records)
    {
        var decisions = records.Where(entry => entry.Record is DecisionRecord).Select(entry => (entry.Log, entry.Address, Record: (DecisionRecord)entry.Record)).ToList();
        var intervals = records.Where(entry => entry.Record is DeviceTimeRecord).Select(entry => (entry.Log, entry.Address, Record: (DeviceTimeRecord)entry.Record)).ToList();
        var mine = decisions.Where(decision => decision.Record.Tenant == tenant).ToList();
        Assert.Equal(Sum(mine.Select(decision => decision.Record.Cost)), statement.DecisionsTotal);
        foreach (var variant in mine.GroupBy(decision => decision.Record.Variant))
        {
            var line = statement.Lines.Single(found => found.Account == $"endpoint/churn/variant/{variant.Key}");
            Assert.Equal((variant.LongCount(), Sum(variant.Select(decision => decision.Record.Cost))), (line.Entries, line.Balance));
        }

        if (tenant != "default")
        {
            Assert.Equal(statement.DecisionsTotal, statement.LedgerTotal);
            return;
        }

        Assert.Equal(Sum(intervals.Select(interval => interval.Record.Idle)), statement.IdleTotal);

        // Settled: what an interval of the same log came after, and all that another log charged where the device's own log counts.
        var owners = statement.Logs!.Where(log => log.State != LogState.Unknown).Select(log => log.Log).ToHashSet();
        var settled = decisions.Where(decision => decision.Record.Worker.Split('/')[0] is var owner && (owner == decision.Log
            ? intervals.Any(interval => interval.Log == decision.Log && interval.Address > decision.Address)
            : owners.Contains(owner)));
        Assert.Equal(
            Sum(intervals.Select(interval => interval.Record.Inference)) - Sum(settled.Select(decision => decision.Record.Cost)), statement.OverheadTotal);
        Assert.Equal(Sum([statement.DecisionsTotal, statement.OverheadTotal, statement.IdleTotal]), statement.LedgerTotal);
    }

    private static void AssertFigures(string tenant, IReadOnlyList<VariantFigures> figures, List<(string Log, long Address, LogRecord Record)>[] logs)
    {
        var expected = new SortedDictionary<string, (long Exposures, long Right, long Outcomes, Picodollars Cost)>(StringComparer.Ordinal);
        foreach (var log in logs)
        {
            var outcomes = log.Select(entry => entry.Record).OfType<OutcomeRecord>().GroupBy(outcome => outcome.DecisionAddress).ToDictionary(group => group.Key, group => group.First().Positive);
            foreach (var (_, address, record) in log)
            {
                if (record is DecisionRecord decision && decision.Tenant == tenant)
                {
                    var sum = expected.GetValueOrDefault(decision.Variant);
                    var known = outcomes.TryGetValue(address, out var positive);
                    expected[decision.Variant] = (
                        sum.Exposures + 1, sum.Right + (known && positive == decision.PositivePredicted ? 1 : 0), sum.Outcomes + (known ? 1 : 0), sum.Cost + decision.Cost);
                }
            }
        }

        Assert.Equal(
            expected.Select(pair => (pair.Key, pair.Value.Exposures, pair.Value.Right, pair.Value.Outcomes, pair.Value.Cost)),
            figures.Select(sum => (sum.Variant, sum.Exposures, sum.TruePositives + sum.TrueNegatives,
                sum.TruePositives + sum.FalsePositives + sum.TrueNegatives + sum.FalseNegatives, sum.Cost)));
    }

    private static Picodollars Sum(IEnumerable<Picodollars> amounts) => amounts.Aggregate(Picodollars.Zero, (sum, amount) => sum + amount);
}
