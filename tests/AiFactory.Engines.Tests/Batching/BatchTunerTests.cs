using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Engines.Tests.Batching;

/// <summary>On simulated engines with known curves, in virtual time.</summary>
public sealed class BatchTunerTests
{
    private const double Microsecond = 1000;
    private const double Millisecond = 1_000_000;
    private const long Patient = (long)(1000 * Millisecond);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(256)]
    public void Observe_LargerIsAlwaysBetter_ComesToTheLargest(int start)
    {
        var engine = new SimulatedEngine(Tuner(start), rows => Millisecond + (10 * Microsecond * rows));
        engine.RunClosed(clients: 1000, think: 0, Patient, batches: 20_000);

        Assert.Equal(256, engine.Tuner.KeptRowsMax);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(256)]
    public void Observe_OptimumInTheMiddle_ComesToIt(int start)
    {
        var engine = new SimulatedEngine(Tuner(start), rows => Millisecond + (10 * Microsecond * rows) + (40 * Microsecond * Math.Max(0, rows - 64)));
        engine.RunClosed(clients: 1000, think: 0, Patient, batches: 20_000);

        Assert.Equal(64, engine.Tuner.KeptRowsMax);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Observe_UnbatchedMeetsTheObjective_BatchesMeetItToo(int start)
    {
        const long Objective = (long)(20 * Millisecond);
        var engine = new SimulatedEngine(Tuner(start), rows => (0.3 + (0.85 * rows)) * Millisecond);
        engine.RunClosed(clients: 200, think: 0, Objective, batches: 500);
        var later = engine.RunClosed(clients: 200, think: 0, Objective, batches: 20_000);

        Assert.Equal(8, engine.Tuner.KeptRowsMax);
        Assert.InRange(later.LongestBatch, 1, Objective);
    }

    [Fact]
    public void Observe_UnbatchedMissesTheObjective_ComesToTheMostRowsASecond()
    {
        var engine = new SimulatedEngine(Tuner(64), rows => (100 + rows) * Millisecond);
        engine.RunClosed(clients: 1000, think: 0, (long)(50 * Millisecond), batches: 20_000);

        Assert.Equal(256, engine.Tuner.KeptRowsMax);
    }

    [Fact]
    public void Observe_CurveChanges_Adapts()
    {
        const long Objective = (long)(20 * Millisecond);
        var slow = true;
        var engine = new SimulatedEngine(Tuner(64), rows => slow ? (0.3 + (0.85 * rows)) * Millisecond : Millisecond + (0.1 * Millisecond * rows));
        engine.RunClosed(clients: 500, think: 0, Objective, batches: 5_000);
        Assert.Equal(8, engine.Tuner.KeptRowsMax);

        slow = false;
        engine.RunClosed(clients: 500, think: 0, Objective, batches: 20_000);
        Assert.Equal(64, engine.Tuner.KeptRowsMax);

        slow = true;
        engine.RunClosed(clients: 500, think: 0, Objective, batches: 5_000);
        Assert.Equal(8, engine.Tuner.KeptRowsMax);
    }

    [Fact]
    public void Observe_OneStall_ChangesNothing()
    {
        var (batch, stall) = (0, false);
        var engine = new SimulatedEngine(Tuner(64), rows => (stall = ++batch == 300) ? 5000 * Millisecond : Millisecond + (10 * Microsecond * rows));
        engine.RunClosed(clients: 1000, think: 0, (long)(20 * Millisecond), batches: 301);

        Assert.False(stall);
        Assert.InRange(engine.Tuner.KeptRowsMax, 64, 256);
    }

    [Fact]
    public void HoldNanoseconds_ClientsThatComeBackTogether_PaysAndIsKept()
    {
        // Two halves of the clients would take turns for ever; held back a little, all of them share one batch.
        static double Curve(int rows) => Millisecond + (Microsecond * rows);
        var engine = new SimulatedEngine(Tuner(64), Curve);
        engine.RunStaggered(clients: 32, think: 20 * Microsecond, Patient, batches: 5_000);
        var held = engine.RunClosed(clients: 0, think: 20 * Microsecond, Patient, batches: 5_000);
        var never = new SimulatedEngine(Tuner(64, hold: 0), Curve);
        never.RunStaggered(clients: 32, think: 20 * Microsecond, Patient, batches: 5_000);
        var natural = never.RunClosed(clients: 0, think: 20 * Microsecond, Patient, batches: 5_000);

        Assert.InRange(engine.Tuner.HoldNanoseconds, 1, 200_000);
        Assert.True(held.RowsASecond > 1.5 * natural.RowsASecond, $"{held.RowsASecond} and {natural.RowsASecond} rows a second");
    }

    [Fact]
    public void HoldNanoseconds_LinearCurve_IsNotKept()
    {
        var engine = new SimulatedEngine(Tuner(64), rows => 100 * Microsecond * rows);
        var held = 0;
        engine.OnBatch = () => held += engine.Tuner.HoldNanoseconds > 0 ? 1 : 0;
        engine.RunStaggered(clients: 8, think: 20 * Microsecond, Patient, batches: 20_000);

        Assert.Equal(0, engine.Tuner.HoldNanoseconds);
        Assert.InRange(held, 0, 1000);
    }

    [Fact]
    public void Observe_AnyCurve_IsHardlyWorseThanWithoutTuning()
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            var random = new Random(seed);
            var (fixedCost, perRow, knee, beyond) = (random.NextDouble() * 2 * Millisecond, random.NextDouble() * 50 * Microsecond, random.Next(1, 200),
                random.NextDouble() * 100 * Microsecond);
            var (clients, think) = (random.Next(1, 400), random.NextDouble() * 500 * Microsecond);
            double Curve(int rows) => fixedCost + (perRow * rows) + (beyond * Math.Max(0, rows - knee)) + 1;

            var tuned = new SimulatedEngine(Tuner(64), Curve).RunStaggered(clients, think, Patient, batches: 10_000);
            var untuned = new SimulatedEngine(Tuner(64, hold: 0), Curve) { RowsMax = 64 }.RunStaggered(clients, think, Patient, batches: 10_000);

            Assert.True(tuned.RowsASecond > 0.93 * untuned.RowsASecond, $"Seed {seed}: {tuned.RowsASecond} of {untuned.RowsASecond} rows a second.");
        }
    }

    [Fact]
    public void Expected_NothingMeasured_IsNothing() => Assert.Equal(0, Tuner(64).Expected(10));

    [Fact]
    public void Expected_MoreThanABatch_IsSeveral()
    {
        var engine = new SimulatedEngine(Tuner(64, max: 64), rows => 100 * Microsecond);
        engine.RunClosed(clients: 64, think: 0, Patient, batches: 100);

        Assert.Equal(300 * Microsecond, engine.Tuner.Expected(180), 1.0);
        Assert.Equal(0, engine.Tuner.ExpectedSurely(180, now: engine.Now + (long)(300 * Millisecond)));
    }

    private static BatchTuner Tuner(int start, int hold = 200, int max = 256) => new(new BatchingOptions(start, TunedRowsMax: max, HoldMicrosecondsMax: hold));

    private readonly record struct Outcome(double RowsASecond, long LongestBatch);

    /// <summary>A device in virtual time whose clients send one row each and come back a while, half to one and a half times as long as said, after its answer.</summary>
    private sealed class SimulatedEngine(BatchTuner tuner, Func<int, double> curve)
    {
        private readonly PriorityQueue<int, long> _coming = new();
        private readonly Queue<long> _waiting = new();
        private readonly Random _random = new(1);
        private long _freeSince;

        public BatchTuner Tuner => tuner;

        public long Now { get; private set; }

        public Action? OnBatch { get; set; }

        /// <summary>In place of the tuner's limit; null: the tuner's.</summary>
        public int? RowsMax { get; init; }

        public Outcome RunClosed(int clients, double think, long objective, int batches)
        {
            _waiting.EnsureCapacity(clients);
            for (var i = _waiting.Count + _coming.Count; i < clients; i++)
            {
                _waiting.Enqueue(Now);
            }

            return Run((long)think, objective, batches);
        }

        /// <summary>Half of the clients come while the other half are served.</summary>
        public Outcome RunStaggered(int clients, double think, long objective, int batches)
        {
            for (var i = 0; i < clients; i++)
            {
                _coming.Enqueue(i, i % 2 == 0 ? Now : Now + (long)(curve(clients) / 2));
            }

            return Run((long)think, objective, batches);
        }

        private Outcome Run(long think, long objective, int batches)
        {
            var (from, rows, longest) = (Now, 0L, 0L);
            while (batches > 0)
            {
                while (_coming.TryPeek(out _, out var at) && at <= Now)
                {
                    _coming.Dequeue();
                    _waiting.Enqueue(at);
                }

                if (!_waiting.TryPeek(out var oldest))
                {
                    _coming.TryPeek(out _, out var next);
                    Now = next;
                    continue;
                }

                var until = Math.Max(_freeSince, oldest) + tuner.HoldNanoseconds;
                if (Now < until && _waiting.Count < (RowsMax ?? tuner.RowsMax))
                {
                    Now = _coming.TryPeek(out _, out var next) ? Math.Min(next, until) : until;
                    continue;
                }

                var taken = Math.Min(_waiting.Count, RowsMax ?? tuner.RowsMax);
                var nanoseconds = (long)curve(taken);
                for (var i = 0; i < taken; i++)
                {
                    tuner.Arrived(_waiting.Dequeue(), 1);
                    _coming.Enqueue(i, Now + nanoseconds + (long)(think * (0.5 + _random.NextDouble())));
                }

                tuner.Observe(new(taken, nanoseconds, Now, Now + nanoseconds - oldest, objective, _waiting.Count > 0));
                Now = _freeSince = Now + nanoseconds;
                (rows, longest, batches) = (rows + taken, Math.Max(longest, nanoseconds), batches - 1);
                OnBatch?.Invoke();
            }

            return new(rows * 1e9 / (Now - from), longest);
        }
    }
}
