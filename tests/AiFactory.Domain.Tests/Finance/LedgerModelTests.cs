using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using CsCheck;

namespace AiFactory.Domain.Tests.Finance;

/// <summary>Postings of several logs, delivered again, in any order between logs, with crashes between: money is neither made nor lost.</summary>
public sealed class LedgerModelTests
{
    private const int Logs = 3;

    private enum Step
    {
        Decide,
        Interval,
        Deliver,
        DeliverAgain,
        Crash,
        Commit,
    }

    private static readonly Gen<(Step Step, int Log, int A, int B)[]> GenSteps = Gen.Select(
        Gen.Frequency((6, Gen.Const(Step.Decide)), (3, Gen.Const(Step.Interval)), (8, Gen.Const(Step.Deliver)), (3, Gen.Const(Step.DeliverAgain)), (1, Gen.Const(Step.Crash)),
            (2, Gen.Const(Step.Commit))),
        Gen.Int[0, Logs - 1], Gen.Int[0, 1_000], Gen.Int[0, 1_000]).Array[1, 200];

    [Fact]
    public void Post_AnyInterleavingOfLogsAndCrashes_EqualsEachLogReadOnce() => GenSteps.Sample(
        steps =>
        {
            var logs = Enumerable.Range(0, Logs).Select(_ => new List<LogRecord>()).ToArray();
            var ledger = new Ledger();
            var durable = ledger.Copy();
            foreach (var (step, log, a, b) in steps)
            {
                switch (step)
                {
                    case Step.Decide:
                        logs[log].Add(new Charged($"silo-{log}/cpu-{a % 2}", a % 5 == 0 ? "acme" : "default", b));
                        break;
                    case Step.Interval:
                        logs[log].Add(Interval($"silo-{log}/cpu-{a % 2}", logs[log].Count, inference: a, training: b % 7, idle: b));
                        break;
                    case Step.Deliver when ledger.Next(log) < logs[log].Count:
                        ledger.Apply(log, ledger.Next(log), logs[log][ledger.Next(log)]);
                        break;
                    case Step.DeliverAgain when ledger.Next(log) > 0:
                        ledger.Apply(log, a % ledger.Next(log), logs[log][a % ledger.Next(log)]);
                        break;
                    case Step.Crash:
                        ledger = durable.Copy();
                        break;
                    case Step.Commit:
                        durable = ledger.Copy();
                        break;
                }

                Assert.Equal(Int128.Zero, ledger.Balances.Values.Aggregate(Int128.Zero, (sum, balance) => sum + balance));
            }

            // To the end, and once more: nothing is left to change.
            var (naive, reversed) = (new Ledger(), new Ledger());
            for (var log = 0; log < Logs; log++)
            {
                CatchUp(ledger, log, logs[log]);
                CatchUp(naive, log, logs[log]);
                CatchUp(reversed, Logs - 1 - log, logs[Logs - 1 - log]);
            }

            Assert.Equal(Sorted(naive), Sorted(ledger));
            Assert.Equal(Sorted(naive), Sorted(reversed));
            Settle(naive, logs);
        },
        iter: 500);

    // After a last interval, what a device is billed is what was charged against it.
    private static void Settle(Ledger ledger, List<LogRecord>[] logs)
    {
        foreach (var worker in logs.SelectMany(log => log).Select(WorkerOf).Distinct())
        {
            var log = int.Parse(worker[5..6], System.Globalization.CultureInfo.InvariantCulture);
            ledger.Apply(log, ledger.Next(log), Interval(worker, 0, 0, 0, 0));
            var bill = logs[log].OfType<DeviceTimeRecord>().Where(record => record.Worker == worker).Aggregate(Int128.Zero, (sum, record) => sum + record.Bill.Value);
            Assert.Equal(-bill, ledger.Balances.GetValueOrDefault(PostingRules.DevicePrefix + worker));
        }
    }

    private static void CatchUp(Ledger ledger, int log, List<LogRecord> records)
    {
        while (ledger.Next(log) < records.Count)
        {
            ledger.Apply(log, ledger.Next(log), records[ledger.Next(log)]);
        }
    }

    private static (string, Int128)[] Sorted(Ledger ledger) => [.. ledger.Balances.Where(account => account.Value != 0).Select(account => (account.Key, account.Value)).Order()];

    private static string WorkerOf(LogRecord record) => record switch { Charged charged => charged.Worker, DeviceTimeRecord interval => interval.Worker, _ => "" };

    private static DeviceTimeRecord Interval(string worker, long number, int inference, int training, int idle) => new(DateTimeOffset.UnixEpoch, worker, "s", number, 1,
        new(inference + training + idle), new(inference), training == 0 ? new Dictionary<string, Picodollars>() : new Dictionary<string, Picodollars> { ["acme/run"] = new(training) }, new(idle));

    private sealed record Charged(string Worker, string Tenant, long Cost) : LogRecord(DateTimeOffset.UnixEpoch);

    /// <summary>As the product's, in memory: position, effect and what is not settled yet change together.</summary>
    private sealed class Ledger
    {
        private readonly Dictionary<int, int> _next = [];
        private readonly Dictionary<string, Int128> _unsettled = [];

        public Dictionary<string, Int128> Balances { get; } = [];

        public int Next(int log) => _next.GetValueOrDefault(log);

        public Ledger Copy()
        {
            var copy = new Ledger();
            _next.ToList().ForEach(pair => copy._next.Add(pair.Key, pair.Value));
            _unsettled.ToList().ForEach(pair => copy._unsettled.Add(pair.Key, pair.Value));
            Balances.ToList().ForEach(pair => copy.Balances.Add(pair.Key, pair.Value));
            return copy;
        }

        public void Apply(int log, int position, LogRecord record)
        {
            if (position < Next(log))
            {
                return;
            }

            _next[log] = position + 1;
            switch (record)
            {
                case Charged charged:
                    Post(new LedgerEntry(charged.Tenant, charged.At, PostingRules.DecisionAccount("e", "a"), PostingRules.DevicePrefix + charged.Worker, new(charged.Cost)));
                    _unsettled[charged.Worker] = _unsettled.GetValueOrDefault(charged.Worker) + charged.Cost;
                    break;
                case DeviceTimeRecord interval:
                    foreach (var entry in PostingRules.Post(interval, new(_unsettled.GetValueOrDefault(interval.Worker))))
                    {
                        Post(entry);
                    }

                    _unsettled[interval.Worker] = 0;
                    break;
            }
        }

        private void Post(LedgerEntry entry)
        {
            Balances[$"{entry.Tenant} {entry.Debit}"] = Balances.GetValueOrDefault($"{entry.Tenant} {entry.Debit}") + entry.Amount.Value;
            Balances[entry.Credit] = Balances.GetValueOrDefault(entry.Credit) - entry.Amount.Value;
        }
    }
}
