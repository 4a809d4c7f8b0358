using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Tests.Traffic;

public sealed class TrafficWindowTests
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(7);

    [Fact]
    public void Add_ToldTwice_CountsOnce()
    {
        var window = new TrafficWindow(TimeSpan.FromSeconds(30));

        Assert.True(window.Add(Report("g1", 5, 10), Start));
        Assert.False(window.Add(Report("g1", 5, 10), Start));
        Assert.False(window.Add(Report("g1", 4, 10), Start));
        Assert.True(window.Add(Report("g2", 5, 7), Start));

        Assert.Equal(17, Assert.Single(window.Sum("e", Start).Variants).Requests);
    }

    [Fact]
    public void Add_GatewayStartedAgain_IsHeardFromItsFirstReportOn()
    {
        var window = new TrafficWindow(TimeSpan.FromSeconds(30));
        Assert.True(window.Add(Report("g1", 1_700_000, 10), Start));

        Assert.True(window.Add(Report("g1", 1, 7) with { Run = "next" }, Start));
        Assert.False(window.Add(Report("g1", 1, 7) with { Run = "next" }, Start));
        Assert.False(window.Add(Report("g1", 1_700_000, 10), Start));

        Assert.Equal((17, 1), (Assert.Single(window.Sum("e", Start).Variants).Requests, window.Sum("e", Start).Gateways));
    }

    [Fact]
    public void Sum_ReportsOfTwoGateways_AddsSumsAndKeepsMaxima()
    {
        var window = new TrafficWindow(TimeSpan.FromSeconds(30));
        window.Add(new("g1", 1, 1, [new("a", 10, 1, 2, 0.5, 0.3, 1, 0.1, 2), new("b", 1, 0, 1, 1, 1, 0, 0, 1)]), Start);
        window.Add(new("g1", 2, 1, [new("a", 10, 0, 2, 0.5, 0.4, 1, 0.2, 3)]), Start);
        window.Add(new("g2", 1, 1, [new("a", 5, 2, 1, 0.25, 0.2, 1, 0.3, 1)]), Start);

        var sum = window.Sum("e", Start);

        Assert.Equal(("e", 2.0, 2), (sum.Endpoint, sum.Seconds, sum.Gateways));
        Assert.Equal(["a", "b"], sum.Variants.Select(variant => variant.Variant));
        Assert.Equal(new VariantTraffic("a", 25, 3, 5, 1.25, 0.4, 3, 0.3, 3), sum.Variants[0]);
    }

    [Fact]
    public void Sum_OldReports_AreForgottenButNotTakenAgain()
    {
        var window = new TrafficWindow(TimeSpan.FromSeconds(30));
        window.Add(Report("g1", 1, 10), Start);
        var later = Start + TimeSpan.FromSeconds(31);

        Assert.Empty(window.Sum("e", later).Variants);
        Assert.False(window.Add(Report("g1", 1, 10), later));
    }

    private static TrafficReport Report(string gateway, long sequence, long requests) => new(gateway, sequence, 1, [new("a", requests, 0, 0, 0, 0, 0, 0, 1)]);
}
