using AiFactory.Domain.Endpoints;
using CsCheck;

namespace AiFactory.Domain.Tests.Endpoints;

/// <summary>Who is let in, for any work that waits and any pace.</summary>
public sealed class AdmissionModelTests
{
    private static readonly Gen<(int Rows, double Pace, long Objective, long Budget)> GenCase = Gen.Select(
        Gen.Int[0, 100_000], Gen.Double[0, 1e7], Gen.Long[1, 10_000_000_000], Gen.OneOf(Gen.Const(long.MaxValue), Gen.Long[0, 10_000_000_000]));

    [Fact]
    public void Excess_AnyCase_HigherClassesAndShorterQueuesAreNeverWorseOff() => GenCase.Sample((rows, pace, objective, budget) =>
    {
        var (high, normal, low) = (Excess(RequestPriority.High, rows), Excess(RequestPriority.Normal, rows), Excess(RequestPriority.Low, rows));
        Assert.True(high <= normal && normal <= low, $"{high}, {normal}, {low}");
        Assert.All(Enum.GetValues<RequestPriority>(), priority =>
        {
            Assert.True(Excess(priority, rows) <= Excess(priority, rows + 1) || rows <= AdmissionRules.RowsFree);
            Assert.True(Excess(priority, Math.Min(rows, AdmissionRules.RowsFree)) <= 0);

            // Whoever is let in can be done within the deadline, as far as the pace tells.
            if (rows > AdmissionRules.RowsFree && Excess(priority, rows) <= 0)
            {
                Assert.True(rows * pace <= Math.Min((double)budget, objective) + 1);
            }
        });

        long Excess(RequestPriority priority, int before) => AdmissionRules.Excess(before, pace, priority, objective, budget);
    });

    [Fact]
    public void With_AnySpans_StaysBetweenTheFastestAndTheSlowestSeen() => Gen.Select(Gen.Int[0, 500], Gen.Long[1, 2_000_000_000], Gen.Int[0, 64], Gen.Bool).Array[1, 60].Sample(spans =>
    {
        var pace = new RowPace();
        var (least, most) = (double.MaxValue, 0.0);
        foreach (var (rows, nanoseconds, outstanding, refused) in spans)
        {
            pace = pace.With(new PaceSpan(rows, nanoseconds, outstanding, refused));
            if (rows > 0)
            {
                (least, most) = (Math.Min(least, (double)nanoseconds / rows), Math.Max(most, (double)nanoseconds / rows));
            }

            Assert.True(pace.NanosecondsPerRow == 0 || (pace.NanosecondsPerRow >= least * 0.999 && pace.NanosecondsPerRow <= most * 1.001), $"{pace} of {least} to {most}");
            Assert.InRange(pace.Spans, 0, RowPace.SpansMin);
            Assert.InRange(pace.IdleNanoseconds, 0, RowPace.IdleNanosecondsMax);
        }
    });
}
