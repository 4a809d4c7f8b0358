using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Engines.Tests.Batching;

public sealed class BatchPlannerTests
{
    private readonly BatchPlanner _planner = new(64);

    [Fact]
    public void Plan_NothingWaits_PlansNothing() =>
        Assert.Equal(BatchPlan.Nothing, _planner.Plan([new Waiting(0)]));

    [Fact]
    public void Plan_OneRow_DoesNotWaitForMore() =>
        Assert.Equal(new BatchPlan(0, 1, 1), _planner.Plan([new Waiting(1, 1)]));

    [Fact]
    public void Plan_MoreThanTheLimit_TakesTheFirstThatFit() =>
        Assert.Equal(new BatchPlan(0, 3, 60), _planner.Plan([new Waiting(1, 20, 20, 20, 20)]));

    [Fact]
    public void Plan_MessageThatDoesNotFit_IsNotOvertaken() =>
        Assert.Equal(new BatchPlan(0, 1, 60), _planner.Plan([new Waiting(1, 60, 10, 1)]));

    [Fact]
    public void Plan_MessageOverTheLimit_RunsAlone() =>
        Assert.Equal(new BatchPlan(0, 1, 1000), _planner.Plan([new Waiting(1, 1000, 1)]));

    [Fact]
    public void Plan_SeveralModels_ServesTheLongestWaiting() =>
        Assert.Equal(new BatchPlan(2, 2, 3), _planner.Plan([new Waiting(7, 64), new Waiting(0), new Waiting(5, 1, 2)]));

    [Fact]
    public void Plan_CancelledMessages_AreTakenAlongWithoutRows() =>
        Assert.Equal(new BatchPlan(0, 3, 64), _planner.Plan([new Waiting(1, 0, 64, 0, 1)]));

    private sealed class Waiting(long firstArrival, params int[] rows) : IWaitingRows
    {
        public int Count => rows.Length;

        public long FirstArrival => firstArrival;

        public int RowsAt(int index) => rows[index];
    }
}
