using AiFactory.Domain.Finance;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Workers;

public sealed class DeviceMeterTests
{
    private static readonly DeviceActivity Training = DeviceActivity.Training(new TrainingRunKey("default", "run-1"));
    private static readonly DevicePricing OneDollar = new(1m);

    [Fact]
    public void Begin_TwoAtOnce_ShareTimeEqually()
    {
        var meter = new DeviceMeter(OneDollar, 1000);
        var first = meter.Begin(DeviceActivity.Inference, 1100);
        var second = meter.Begin(Training, 1200);
        var firstCharge = meter.End(first, 1300);
        var secondCharge = meter.End(second, 1400);

        Assert.Equal(150, firstCharge.Nanoseconds);
        Assert.Equal(150, secondCharge.Nanoseconds);
        Assert.Equal(300, meter.BusyNanoseconds);
        Assert.Equal(100, meter.IdleNanoseconds);
        Assert.Equal(400, meter.WallNanoseconds);
    }

    [Fact]
    public void End_OddTime_GivesTheRestToTheEarliest()
    {
        var meter = new DeviceMeter(OneDollar, 0);
        var first = meter.Begin(DeviceActivity.Inference, 0);
        var second = meter.Begin(Training, 0);

        Assert.Equal(3, meter.End(first, 5).Nanoseconds);
        Assert.Equal(2, meter.End(second, 5).Nanoseconds);
    }

    [Fact]
    public void End_ClockWentBack_CountsAsStandingStill()
    {
        var meter = new DeviceMeter(OneDollar, 100);
        var token = meter.Begin(DeviceActivity.Inference, 200);

        Assert.Equal(0, meter.End(token, 150).Nanoseconds);
        Assert.Equal(100, meter.WallNanoseconds);
    }

    [Fact]
    public void End_Twice_Throws()
    {
        var meter = new DeviceMeter(OneDollar, 0);
        var token = meter.Begin(DeviceActivity.Inference, 0);
        meter.End(token, 1);
        Assert.Throws<InvalidOperationException>(() => meter.End(token, 2));
    }

    [Fact]
    public void TryCut_BatchAtWork_RefusesUntilItEnded()
    {
        var meter = new DeviceMeter(OneDollar, 0);
        var token = meter.Begin(DeviceActivity.Inference, 10);

        Assert.False(meter.TryCut(20, out var none));
        Assert.Null(none);
        var charge = meter.End(token, 30);
        Assert.True(meter.TryCut(30, out var interval));
        Assert.Equal(1, interval!.Number);
        Assert.Equal(30, interval.WallNanoseconds);
        Assert.Equal(charge.Price, interval.Inference);
    }

    [Fact]
    public void TryCut_RunAtWork_ChargesItsTimeSoFar()
    {
        var meter = new DeviceMeter(new DevicePricing(3600m), 0);
        var token = meter.Begin(Training, 0);
        Assert.True(meter.TryCut(1_000_000_000, out var first));
        Assert.Equal(Picodollars.FromUsd(1), first!.Training["default/run-1"]);
        meter.End(token, 1_500_000_000);
        Assert.True(meter.TryCut(1_500_000_000, out var second));
        Assert.Equal(Picodollars.FromUsd(0.5m), second!.Training["default/run-1"]);
        Assert.Equal(Picodollars.Zero, second.Idle);
    }

    [Fact]
    public void AnyHistory_TimeAndMoney_AddUpExactly() =>
        Gen.Select(Gen.Decimal[0, 100], Gen.Select(Gen.Int[0, 3], Gen.Long[0, 5_000_000_000]).Array[1, 300]).Sample((usdPerHour, steps) =>
        {
            var pricing = new DevicePricing(usdPerHour);
            var meter = new DeviceMeter(pricing, 77);
            var now = 77L;
            var active = new List<(ActivityToken Token, bool Inference)>();
            var intervals = new List<DeviceInterval>();
            var charged = Picodollars.Zero;
            var inference = Picodollars.Zero;
            var busy = 0L;

            void End(int index)
            {
                var (token, isInference) = active[index];
                active.RemoveAt(index);
                var charge = meter.End(token, now);
                busy += charge.Nanoseconds;
                charged += charge.Price;
                inference += isInference ? charge.Price : Picodollars.Zero;
            }

            foreach (var (action, duration) in steps)
            {
                now += duration;
                switch (action)
                {
                    case 0: active.Add((meter.Begin(DeviceActivity.Inference, now), true)); break;
                    case 1: active.Add((meter.Begin(Training, now), false)); break;
                    case 2 when active.Count > 0: End((int)(duration % active.Count)); break;
                    default:
                        if (meter.TryCut(now, out var cut))
                        {
                            intervals.Add(cut!);
                        }

                        break;
                }
            }

            while (active.Count > 0)
            {
                End(0);
            }

            Assert.True(meter.TryCut(now, out var last));
            intervals.Add(last!);

            Assert.Equal(now - 77, meter.WallNanoseconds);
            Assert.Equal(busy, meter.BusyNanoseconds);
            Assert.Equal(meter.WallNanoseconds, intervals.Sum(interval => interval.WallNanoseconds));
            Assert.Equal(pricing.Of(meter.WallNanoseconds), Sum(intervals.Select(interval => interval.Bill)));
            Assert.Equal(meter.Bill, charged + Sum(intervals.Select(interval => interval.Idle)));
            Assert.Equal(inference, Sum(intervals.Select(interval => interval.Inference)));
            Assert.All(intervals, interval =>
                Assert.Equal(interval.Bill, interval.Inference + Sum(interval.Training.Values) + interval.Idle));
            Assert.Equal(Enumerable.Range(1, intervals.Count).Select(number => (long)number), intervals.Select(interval => interval.Number));
        });

    private static Picodollars Sum(IEnumerable<Picodollars> amounts) => amounts.Aggregate(Picodollars.Zero, (sum, amount) => sum + amount);
}
