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

    [Fact]
    public void Choose_SomeStandBy_TheActiveOnesShareTheLoad()
    {
        Lane[] lanes = [LaneOf(out _), LaneOf(out _), LaneOf(out _)];
        var choice = new PowerOfTwoChoices(new Random(1).Next);

        var chosen = Enumerable.Range(0, 200).Select(_ => choice.Choose(lanes, 2, null)).ToHashSet();

        Assert.Equal(2, chosen.Count);
        Assert.DoesNotContain(lanes[2], chosen);
    }

    [Fact]
    public void Choose_ActiveOneFailed_TheFirstThatStandsByIsAsked()
    {
        Lane[] lanes = [LaneOf(out _), LaneOf(out _), LaneOf(out _)];

        Assert.Same(lanes[1], new PowerOfTwoChoices(_ => 0).Choose(lanes, 1, lanes[0]));
    }

    [Fact]
    public async Task Choose_ActiveOneSuspect_OneThatStandsByServes()
    {
        Lane[] lanes = [LaneOf(out var first), LaneOf(out var second), LaneOf(out _)];
        (first.Failure, second.Failure) = (_ => new SiloUnavailableException(), _ => new SiloUnavailableException());
        await lanes[0].Infer(Request());
        Assert.Same(lanes[1], new PowerOfTwoChoices(_ => 0).Choose(lanes, 1, null));
        await lanes[1].Infer(Request());

        Assert.Same(lanes[2], new PowerOfTwoChoices(_ => 0).Choose(lanes, 1, null));
    }

    [Fact]
    public async Task Choose_AllSuspect_AsksTheActiveOneAgain()
    {
        Lane[] lanes = [LaneOf(out var first), LaneOf(out var second)];
        (first.Failure, second.Failure) = (_ => new SiloUnavailableException(), _ => new SiloUnavailableException());
        await lanes[0].Infer(Request());
        await lanes[1].Infer(Request());

        Assert.Same(lanes[0], new PowerOfTwoChoices(_ => 0).Choose(lanes, 1, null));
    }

    [Fact]
    public async Task ChooseNear_NotMuchBusier_IsTakenBeforeAnIdleOneFarAway()
    {
        var worker = new FakeLocalWorker();
        Lane[] lanes = [LaneOf(out _), NearLane(worker), LaneOf(out _)];
        var waiting = Enumerable.Range(0, 16).Select(_ => lanes[1].Infer(Request()).AsTask()).ToArray();

        var chosen = Enumerable.Range(0, 50).Select(_ => new PowerOfTwoChoices(Random.Shared.Next).ChooseNear(lanes, 3, [lanes[1]])).Distinct();

        Assert.Same(lanes[1], Assert.Single(chosen));
        worker.Calls.ToList().ForEach(call => call.Answer());
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task ChooseNear_MuchBusier_GivesWorkAway()
    {
        var worker = new FakeLocalWorker();
        Lane[] lanes = [LaneOf(out _), NearLane(worker)];
        var waiting = Enumerable.Range(0, 17).Select(_ => lanes[1].Infer(Request()).AsTask()).ToArray();

        Assert.Same(lanes[0], new PowerOfTwoChoices(_ => 0).ChooseNear(lanes, 2, [lanes[1]]));

        worker.Calls.ToList().ForEach(call => call.Answer());
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task ChooseNear_Suspect_OneFarAwayServes()
    {
        var worker = new FakeLocalWorker();
        Lane[] lanes = [LaneOf(out _), NearLane(worker)];
        var failing = lanes[1].Infer(Request()).AsTask();
        Assert.Single(worker.Calls).Fail(new SiloUnavailableException());
        await failing;

        Assert.Same(lanes[0], new PowerOfTwoChoices(_ => 0).ChooseNear(lanes, 2, [lanes[1]]));
    }

    private static DirectLane NearLane(FakeLocalWorker worker) =>
        new(worker, new("silo-1", "cpu-1"), "m", new PackedRows(Routes.Numeric().Outputs), new GatewayOptions(), TimeProvider.System);

    private static MessageLane LaneOf(out FakeWorker worker)
    {
        worker = new("silo-1/cpu-0") { Signatures = { ["m"] = Routes.Numeric() } };
        return new MessageLane(worker, new("silo-1", "cpu-0"), "m", new PackedRows(Routes.Numeric().Outputs), new GatewayOptions(), TimeProvider.System);
    }

    private static PendingInference Request()
    {
        var request = PendingInference.Rent();
        request.Rows = 1;
        request.Input.Append(8).Clear();
        return request;
    }
}
