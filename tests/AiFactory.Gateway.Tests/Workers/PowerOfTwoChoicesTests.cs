using AiFactory.Engines.Inference;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Workers;

public sealed class PowerOfTwoChoicesTests
{
    [Fact]
    public void Choose_NoLane_GivesNull() => Assert.Null(new PowerOfTwoChoices(_ => 0).Choose([], null));

    [Fact]
    public void Choose_OnlyTheExceptedOne_GivesNull()
    {
        var lane = LaneOf(out _);

        Assert.Null(new PowerOfTwoChoices(_ => 0).Choose([lane], lane));
    }

    [Fact]
    public async Task Choose_TwoDrawn_TakesTheLighter()
    {
        var busy = LaneOf(out var worker);
        var idle = LaneOf(out _);
        worker.Hold();
        var waiting = busy.Infer(Request()).AsTask();

        Assert.Same(idle, new PowerOfTwoChoices(_ => 0).Choose([busy, idle], null));

        worker.Release(1);
        await waiting;
    }

    [Fact]
    public async Task Choose_SuspectLane_IsPassedOver()
    {
        var suspect = LaneOf(out var worker);
        var well = LaneOf(out _);
        worker.Failure = _ => new SiloUnavailableException();
        await suspect.Infer(Request());

        Assert.Same(well, new PowerOfTwoChoices(_ => 0).Choose([suspect, well], null));
    }

    [Fact]
    public void Choose_ExceptedLane_IsNeverGiven()
    {
        Lane[] lanes = [LaneOf(out _), LaneOf(out _), LaneOf(out _)];
        var random = new Random(1);
        var choice = new PowerOfTwoChoices(random.Next);

        var chosen = Enumerable.Range(0, 200).Select(_ => choice.Choose(lanes, lanes[1])).ToHashSet();

        Assert.Equal([lanes[0], lanes[2]], chosen.Order(Comparer<Lane?>.Create((a, b) => Array.IndexOf(lanes, a).CompareTo(Array.IndexOf(lanes, b)))));
    }

    private static Lane LaneOf(out FakeWorker worker)
    {
        worker = new("silo-1/cpu-0") { Signatures = { ["m"] = Routes.Numeric() } };
        return new(worker, new("silo-1", "cpu-0"), "m", new PackedRows(Routes.Numeric().Outputs), new GatewayOptions(), TimeProvider.System);
    }

    private static PendingInference Request()
    {
        var request = PendingInference.Rent();
        request.Rows = 1;
        request.Input.Append(8).Clear();
        return request;
    }
}
