using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Finance;

public sealed class FinanceTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void RateOf_DefaultBook_KnowsTheCpuSlot()
    {
        Assert.Equal(0.05m, PriceBook.Default.RateOf(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")).OrThrow().UsdPerHour);
        Assert.Equal("rate-missing", PriceBook.Default.RateOf(new Device("gpu-0", DeviceKind.Gpu, "Abacus 9000")).Refusal?.Code);
        Assert.Equal(0.02m, PriceBook.Default.RateOf(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot", "spot")).OrThrow().UsdPerHour);
        Assert.Equal("rate-missing", PriceBook.Default.RateOf(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot", "borrowed")).Refusal?.Code);
        Assert.True(PriceBook.Check(PriceBook.Default).Granted);
        Assert.Equal(0.000013888889m, new DeviceRate("cpu-slot", "on-demand", 0.05m).UsdPerSecond);
    }

    [Theory]
    [InlineData(0, "x", "spot", 1)]
    [InlineData(2, " ", "spot", 1)]
    [InlineData(2, "x", "cheap", 1)]
    [InlineData(2, "x", "spot", -1)]
    [InlineData(2, "x", "spot", 1_000_001)]
    public void Check_BookThatCannotBe_IsRefused(int version, string model, string tier, int usd) =>
        Assert.False(PriceBook.Check(new(version, [new(model, tier, usd)])).Granted);

    [Fact]
    public void With_VersionOfOtherRates_IsRefusedAndTheSameAgainIsNoChange()
    {
        PriceBook second = new(2, [new("x", "spot", 1), new("y", "spot", 2)]);
        var history = PriceHistory.None.With(second).OrThrow().With(PriceBook.Default).OrThrow();
        Assert.Equal([1, 2], history.Books.Select(book => book.Version));
        Assert.Same(history, history.With(second with { Rates = [.. second.Rates.Reverse()] }).OrThrow());
        var refused = history.With(second with { Rates = [second.Rates[0] with { UsdPerHour = 3 }, second.Rates[1]] }).Refusal!;
        Assert.Equal("price-book-changed", refused.Code);
        Assert.Contains("PriceBookVersion to 3", refused.Mend, StringComparison.Ordinal);
        Assert.Equal("price-book-invalid", history.With(new(3, [new("x", "spot", 1), new("x", "spot", 2)])).Refusal?.Code);
    }

    [Fact]
    public void Picodollars_BeyondSixtyFourBits_StayExact()
    {
        var large = new Picodollars((Int128)1 << 90);
        Assert.Equal(large, Picodollars.Parse(large.ToString()));
        Assert.Equal(new Picodollars(1), large + new Picodollars(1) - large);
        Assert.Equal(0.000000001m, Picodollars.FromUsd(0.000000001m).ToUsd());
        Assert.Throws<OverflowException>(() => new Picodollars(Int128.MaxValue) + new Picodollars(1));
    }

    [Fact]
    public void Post_Interval_SumsToItsBillWithTheDecisionsSettled()
    {
        var interval = new DeviceTimeRecord(Now, "silo-1/cpu-0", "s", 1, 100, new(1_000), new(300),
            new Dictionary<string, Picodollars> { ["acme/run-1"] = new(450), ["default/run-2"] = new(50) }, new(200));
        foreach (var settled in new Int128[] { 0, 120, 300, 310 })
        {
            var entries = PostingRules.Post(interval, new(settled));
            Assert.Equal((Int128)1_000, entries.Aggregate(settled, (sum, entry) => sum + entry.Amount.Value));
            Assert.Equal(entries.Count, entries.Select(entry => (entry.Tenant, entry.Debit)).Distinct().Count());
            Assert.Contains(entries, entry => entry is { Tenant: "acme", Debit: "training/run-1", Credit: "device/silo-1/cpu-0" });
            Assert.Equal(settled == 300 ? 3 : 4, entries.Count);
        }
    }

    [Fact]
    public void Compare_AnyDifference_IsNotExactAndNamed()
    {
        StatementLine[] accounts = [new("endpoint/churn/variant/a", 2, new(10)), new("device/silo-1/cpu-0", 2, new(-10))];
        StatementLine[] entries = [accounts[0]];
        var good = Compare(accounts, entries, 2, new(10), new(10), new(10));
        Assert.True(good.Exact, string.Join(' ', good.Findings));

        CostReconciliation[] bad =
        [
            Compare(accounts, entries, 2, new(11), new(10), new(10)),
            Compare(accounts, entries, 3, new(10), new(10), new(10)),
            Compare(accounts, [new("endpoint/churn/variant/a", 3, new(10))], 2, new(10), new(10), new(10)),
            Compare(entries, entries, 2, new(10), new(10), new(10)),
            Compare(accounts, entries, 2, new(10), new(10), new(9)),
        ];
        Assert.All(bad, result =>
        {
            Assert.False(result.Exact);
            Assert.Contains(result.Findings, finding => finding.Contains("DIFFERS", StringComparison.Ordinal));
        });
    }

    private static CostReconciliation Compare(
        IReadOnlyList<StatementLine> accounts, IReadOnlyList<StatementLine> entries, long decisions, Picodollars logCost, Picodollars bill, Picodollars charged) =>
        ReconciliationRules.Compare([new(new("silo-1", LogKind.Silo, LogState.Live, 0, null), new(0, accounts, entries, decisions, logCost, bill, charged))]);
}
