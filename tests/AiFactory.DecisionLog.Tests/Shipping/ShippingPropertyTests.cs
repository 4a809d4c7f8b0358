using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;
using CsCheck;

namespace AiFactory.DecisionLog.Tests.Shipping;

/// <summary>Whatever is appended, shipped, lost on the way, doubled, late, restarted and dropped in whatever order: the store never says anything untrue, and ends up with all.</summary>
public sealed class ShippingPropertyTests
{
    private const int SegmentsMax = 8;

    private enum Step
    {
        Append,
        Ship,
        ShipFaulty,
        Release,
        Restart,
        LoseDisk,
    }

    private static readonly Gen<(Step Step, int Size, Fault[] Faults)[]> Histories = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Step.Append)), (3, Gen.Const(Step.Ship)), (4, Gen.Const(Step.ShipFaulty)), (2, Gen.Const(Step.Release)), (1, Gen.Const(Step.Restart)),
            (1, Gen.Const(Step.LoseDisk))),
        Gen.Int[1, 12_000],
        Gen.Enum<Fault>().Where(fault => fault != Fault.TornSilently).Array[1, 5],
        (step, size, faults) => (step, size, faults)).Array[1, 60];

    [Fact]
    public Task Ship_AnyHistory_StoreHoldsATruePrefixAndInTheEndAll() => Histories.SampleAsync(Run, iter: 300, threads: 1);

    [Fact]
    public void Cover_AnyParts_IsAsLongAsTheirUnionReaches() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 12], (from, length) => new LogPart(0, 64 + from, 64 + from + length, PartKind.Growing)).Array[0, 15].Sample(
            parts =>
            {
                var cover = PartPlan.Cover(parts, 64);
                var reach = 64L;
                while (parts.Where(part => part.From <= reach).Select(part => part.To).DefaultIfEmpty().Max() is var further && further > reach)
                {
                    reach = further;
                }

                var at = 64L;
                foreach (var part in cover)
                {
                    Assert.True(part.From <= at && part.To > at);
                    at = part.To;
                }

                Assert.Equal(reach, at);
            });

    private static async Task Run((Step Step, int Size, Fault[] Faults)[] history)
    {
        using var silo = new ShippedFolder(bytesMax: SegmentsMax * DecisionLogOptions.SegmentBytesMin, drops: true);
        var appended = new SortedDictionary<long, LogRecord>();
        var kept = new SortedSet<long>();
        var confirmed = new SortedSet<long>();
        foreach (var (step, size, faults) in history)
        {
            switch (step)
            {
                case Step.Append:
                    Append(silo, appended, kept, size);
                    break;
                case Step.Ship or Step.ShipFaulty:
                    var next = 0;
                    silo.Store.NextFault = () => step == Step.Ship || next >= faults.Length ? Fault.None : faults[next++];
                    if (await silo.TryShip())
                    {
                        confirmed.UnionWith(kept);
                    }

                    break;
                case Step.Release:
                    silo.Store.Release();
                    break;
                case Step.Restart:
                    silo.Restart();
                    break;
                case Step.LoseDisk:
                    // What was not shipped goes with the disk, though a put that is under way may still bring it; what the store confirmed does not.
                    silo.LoseDisk();
                    kept.RemoveWhere(address => address >= silo.Log.Tail);
                    break;
            }

            AssertTrue(silo, appended, confirmed);
        }

        silo.Store.NextFault = () => Fault.None;
        silo.Store.Release();
        Assert.True(await silo.TryShip());
        AssertTrue(silo, appended, kept);
        Assert.Superset(kept, silo.Log.ReadFrom(0).Select(entry => entry.Address).ToHashSet());
    }

    private static void Append(ShippedFolder silo, SortedDictionary<long, LogRecord> appended, SortedSet<long> kept, int size)
    {
        var record = Records.Decision(appended.Count, featureBytes: size);
        try
        {
            var address = silo.Log.Append(record);
            Assert.True(appended.TryAdd(address, record), $"Address {address} was given twice.");
            kept.Add(address);
        }
        catch (AiFactory.Domain.Refusals.RefusedException full)
        {
            Assert.Equal("log-full", full.Refusal.Code);
        }
    }

    // All that is read was appended, as it is read and in that order; and all that was confirmed is read.
    private static void AssertTrue(ShippedFolder silo, SortedDictionary<long, LogRecord> appended, SortedSet<long> confirmed)
    {
        var shipped = silo.ReadShipped();
        Assert.Equal(shipped.Select(entry => entry.Address).Order().Distinct(), shipped.Select(entry => entry.Address));
        Assert.All(shipped, entry => Records.AssertSame(appended[entry.Address], entry.Record));
        Assert.Superset(confirmed, shipped.Select(entry => entry.Address).ToHashSet());
    }
}
