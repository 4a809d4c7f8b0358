using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Engines.Tests.Batching;

public sealed class BatchPlannerTests
{
    private const long Aging = 1000;

    private readonly BatchPlanner _planner = new(Aging);

    [Fact]
    public void Plan_NothingWaits_PlansNothing() => Assert.Equal(BatchPlan.Nothing, Plan(0, new Waiting()));

    [Fact]
    public void Plan_OneRow_DoesNotWaitForMore() => Assert.Equal(new BatchPlan(0, 0, 1, 0, 1), Plan(0, Normal(1, 1)));

    [Fact]
    public void Plan_MoreThanTheLimit_TakesTheFirstThatFit() => Assert.Equal(new BatchPlan(0, 0, 3, 0, 60), Plan(0, Normal(1, 20, 20, 20, 20)));

    [Fact]
    public void Plan_MessageThatDoesNotFit_IsNotOvertaken() => Assert.Equal(new BatchPlan(0, 0, 1, 0, 60), Plan(0, Normal(1, 60, 10, 1)));

    [Fact]
    public void Plan_MessageOverTheLimit_RunsAlone() => Assert.Equal(new BatchPlan(0, 0, 1, 0, 1000), Plan(0, Normal(1, 1000, 1)));

    [Fact]
    public void Plan_SeveralModels_ServesTheLongestWaiting() =>
        Assert.Equal(new BatchPlan(2, 0, 2, 0, 3), Plan(0, Normal(7, 64), new Waiting(), Normal(5, 1, 2)));

    [Fact]
    public void Plan_CancelledMessages_AreTakenAlongWithoutRows() => Assert.Equal(new BatchPlan(0, 0, 4, 0, 64), Plan(0, Normal(1, 0, 63, 0, 1)));

    [Fact]
    public void Plan_HigherClassOfAnotherModel_GoesBeforeAllOfTheLower() =>
        Assert.Equal(new BatchPlan(1, 1, 0, 0, 1), Plan(0, Normal(1, 1, 1), new Waiting { High = [new(9, 0, 1)] }));

    [Fact]
    public void Plan_RoomBehindTheHigherClass_IsFilledWithTheLower() => Assert.Equal(new BatchPlan(0, 1, 1, 2, 64), Plan(0, new Waiting
    {
        High = [new(9, 0, 30)],
        Normal = [new(5, 0, 30)],
        Low = [new(1, 0, 2), new(2, 0, 2), new(3, 0, 2)],
    }));

    [Fact]
    public void Plan_HigherClassThatDoesNotFit_IsNotOvertakenByTheLower() => Assert.Equal(new BatchPlan(0, 1, 0, 0, 60), Plan(0, new Waiting
    {
        High = [new(9, 0, 60), new(10, 0, 10)],
        Low = [new(1, 0, 1)],
    }));

    [Theory]
    [InlineData(999, 0)]
    [InlineData(1000, 0)]
    [InlineData(1999, 0)]
    [InlineData(2000, 1)]
    public void Plan_LowestClassThatWaitedTwiceTheAging_GoesBeforeTheHighest(long waited, int queue) => Assert.Equal(
        queue, Plan(waited, new Waiting { High = [new(9, waited, 1)] }, new Waiting { Low = [new(1, 0, 1)] }).Queue);

    [Fact]
    public void Plan_NormalClassThatWaitedOneAging_KeepsItsPlaceBehindEarlierHighOnes() => Assert.Equal(
        0, Plan(Aging, new Waiting { High = [new(1, 0, 1)] }, new Waiting { Normal = [new(2, 0, 1)] }).Queue);

    [Fact]
    public void Plan_ModelThatHolds_WaitsFromWhenTheDeviceWasFree()
    {
        var queue = new Waiting { HoldNanoseconds = 50, Normal = [new(1, 10, 1)] };

        Assert.Equal(BatchPlan.Nothing with { HoldUntil = 150 }, _planner.Plan([queue], now: 149, freeSince: 100));
        Assert.Equal(1, _planner.Plan([queue], now: 150, freeSince: 100).Rows);
        Assert.Equal(BatchPlan.Nothing with { HoldUntil = 60 }, _planner.Plan([queue], now: 11, freeSince: 0));
    }

    [Fact]
    public void Plan_ModelThatHolds_DoesNotKeepUrgentOrFullOrOtherBatches()
    {
        var urgent = new Waiting { HoldNanoseconds = 50, High = [new(1, 0, 1)] };
        var full = new Waiting { HoldNanoseconds = 50, Normal = [new(1, 0, 64)] };
        var some = new Waiting { HoldNanoseconds = 50, Normal = [new(1, 0, 1)] };

        Assert.Equal(1, Plan(1, urgent).Rows);
        Assert.Equal(64, Plan(1, full).Rows);
        Assert.Equal(1, Plan(1, some, Normal(2, 1)).Rows);
    }

    private BatchPlan Plan(long now, params Waiting[] queues) => _planner.Plan(queues, now, freeSince: 0);

    private static Waiting Normal(long firstArrival, params int[] rows) =>
        new() { Normal = [.. rows.Select((count, index) => new WaitingMessage(firstArrival + index, 0, count))] };

    private sealed class Waiting : IWaitingRows
    {
        public WaitingMessage[] High { get; init; } = [];

        public WaitingMessage[] Normal { get; init; } = [];

        public WaitingMessage[] Low { get; init; } = [];

        public int RowsMax => 64;

        public long HoldNanoseconds { get; init; }

        public int CountOf(int priority) => Of(priority).Length;

        public WaitingMessage At(int priority, int index, long now) => Of(priority)[index];

        private WaitingMessage[] Of(int priority) => priority switch { 0 => High, 1 => Normal, _ => Low };
    }
}
