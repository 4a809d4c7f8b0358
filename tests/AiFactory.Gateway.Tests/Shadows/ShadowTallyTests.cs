using AiFactory.Domain.Shadows;

namespace AiFactory.Gateway.Shadows;

public sealed class ShadowTallyTests
{
    [Fact]
    public void TryEnter_RequestsAndBytes_AreBothBounded()
    {
        var tally = new ShadowTally();
        var options = new GatewayOptions { ShadowRequestsMax = 2, ShadowBytesMax = 100 };

        Assert.True(tally.TryEnter(500, options));
        Assert.False(tally.TryEnter(1, options));
        tally.Leave(500);
        Assert.True(tally.TryEnter(60, options));
        Assert.False(tally.TryEnter(41, options));
        Assert.True(tally.TryEnter(40, options));
        Assert.False(tally.TryEnter(0, options));
        Assert.Equal(2, tally.UnderWay);
    }

    [Fact]
    public void Take_Figures_AreTakenOnceAndStayInTheTotals()
    {
        var tally = new ShadowTally();
        tally.Add("a", AgreementMeasure.Bytes, ShadowFigures.None with { Mirrored = 1 });
        tally.Add("b", AgreementMeasure.Bytes, ShadowFigures.None with { Dropped = 2 });
        tally.Add("a", AgreementMeasure.Bytes, ShadowFigures.None with { Mirrored = 3 });

        Assert.Equal([("a", 4L), ("b", 0L)], tally.Take("s", 7).Select(told => (told.Variant, told.Figures.Mirrored)));
        Assert.Empty(tally.Take("s", 7));
        tally.Add("b", AgreementMeasure.Bytes, ShadowFigures.None with { Dropped = 1 });
        Assert.Equal(("s", "b", 7L, 1L), Assert.Single(tally.Take("s", 7)) is var told ? (told.Shadow, told.Variant, told.Revision, told.Figures.Dropped) : default);
        Assert.Equal([4L, 0L], tally.Totals.Select(total => total.Figures.Mirrored));
        Assert.Equal(3, tally.Totals[1].Figures.Dropped);
    }

    [Fact]
    public void TellsFailure_OfManyInARow_OneInAWhile()
    {
        var tally = new ShadowTally();

        Assert.Equal([true, false, false, true], new long[] { 5, 6, 14, 15 }.Select(now => tally.TellsFailure(now, 10)));
    }
}
