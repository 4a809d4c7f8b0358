using AiFactory.Domain.Endpoints;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Serving;

/// <summary>From HTTP through gateway, grain and device to the engine and back, when there is more to do than can be done, or something hangs or fails.</summary>
[Collection(ServingClusterDefinition.Name)]
public sealed class ProtectionTests(ServingCluster cluster)
{
    private const string High = """{"priority":1}""", Low = """{"priority":3}""";
    private static readonly ServingTerms Patient = new(TimeoutMs: 3_600_000);

    private ScriptedEngine Engine => cluster.Engine;

    [Fact]
    public async Task Infer_HighPriority_OvertakesTheQueueOfLowOnes()
    {
        await using var served = await cluster.Deploy(Patient);
        var hanging = await Occupy(served);
        var low = new List<Task<Fakes.Answer>>();
        for (var i = 0; i < 5; i++)
        {
            low.Add(served.Infer(10 + i, Low));
            await served.Waiting(i + 1);
        }

        var high = served.Infer(99, High);
        await served.Waiting(6);
        Engine.Open();

        Assert.All(await Task.WhenAll([hanging, high, .. low]), answer => Assert.Equal(200, answer.Status));
        Assert.Equal([ScriptedEngine.Hang, 99, 10, 11, 12, 13, 14], Engine.Ran.Select(row => row.X));
    }

    [Fact]
    public async Task Infer_DeadlinePassesInTheQueue_Is504BeforeItsTurnAndNeverRuns()
    {
        await using var served = await cluster.Deploy(Patient);
        var hanging = await Occupy(served);

        // Refused while what is before it still hangs.
        var late = await served.Infer(10, """{"timeout":50000}""");

        Assert.Equal(504, late.Status);
        Assert.False(hanging.IsCompleted);
        await served.Waiting(0);
        Engine.Open();
        Assert.Equal(200, (await hanging).Status);
        Assert.Equal(200, (await served.Infer(11)).Status);
        Assert.Equal([ScriptedEngine.Hang, 11], Engine.Ran.Select(row => row.X));
        Assert.Equal(2, served.Gateway.Log.Decisions.Count(decision => decision.Endpoint == served.Name));
    }

    [Fact]
    public async Task Infer_CallersHangUp_TheirQueuedRowsNeverRun()
    {
        const int Callers = 20;
        await using var served = await cluster.Deploy(Patient);
        var hanging = await Occupy(served);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var queued = Enumerable.Range(0, Callers).Select(i => served.Infer(100 + i, cancellation: hangUp.Token)).ToArray();
        await served.Waiting(Callers);

        await hangUp.CancelAsync();

        await served.Waiting(0);
        foreach (var request in queued)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        Engine.Open();
        Assert.Equal(200, (await hanging).Status);
        Assert.Equal(200, (await served.Infer(11)).Status);
        Assert.Equal([ScriptedEngine.Hang, 11], Engine.Ran.Select(row => row.X));
    }

    [Fact]
    public async Task Infer_CallerOfTheRunHangsUp_TheEngineIsStoppedAndServesTheNext()
    {
        await using var served = await cluster.Deploy(Patient);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var hanging = await Occupy(served, hangUp.Token);

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        Assert.Equal(200, (await served.Infer(11)).Status);
        Assert.Equal([(served.First.Device, ScriptedEngine.Hang)], Engine.Stopped);
    }

    [Fact]
    public async Task Infer_HedgedAndTheFirstWorkerHangs_TheSecondAnswersAndTheFirstIsStopped()
    {
        await using var served = await cluster.Deploy(Patient with { Hedge = new(AfterMs: 1, FractionMax: 1) });
        Engine.HangDevice(served.First.Device);

        var answer = await served.Infer(7);

        Assert.Equal(200, answer.Status);
        Assert.Equal(7, answer.Json.GetProperty("outputs")[0].GetProperty("data")[0].GetSingle());
        Assert.NotEqual(served.First.ToGrainKey(), Assert.Single(served.Gateway.Log.Decisions, decision => decision.Endpoint == served.Name).Worker);
        await Condition.Until(() => Engine.Stopped.Contains((served.First.Device, 7f)));
        Assert.Equal([7f, 7f], Engine.Ran.Select(row => row.X));
    }

    [Fact]
    public async Task Infer_VariantFails_BreakerOpensProbesAndClosesAgain()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var served = await cluster.Deploy(Patient with { Breaker = new(ErrorFraction: 0.5, RequestsMin: 3, WindowSeconds: 60, OpenSeconds: 5) }, time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await served.Infer(ScriptedEngine.Fail)).Status);
        }

        await Refused();

        // Half open: one request tries, and fails.
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(500, (await served.Infer(ScriptedEngine.Fail)).Status);
        await Refused();

        // Half open again: while the one that tries is on its way, no other is let in.
        time.Advance(TimeSpan.FromSeconds(5));
        var probe = await Occupy(served);
        await Refused();
        Engine.Open();
        Assert.Equal(200, (await probe).Status);

        Assert.Equal(200, (await served.Infer(11)).Status);
        Assert.Equal(200, (await served.Infer(12)).Status);
        Assert.Equal([-2, -2, -2, -2, ScriptedEngine.Hang, 11, 12], Engine.Ran.Select(row => row.X));

        async Task Refused()
        {
            var refused = await served.Infer(50);
            Assert.Equal((503, true), (refused.Status, refused.RetryAfter));
            Assert.Contains("tried again soon", refused.Error, StringComparison.Ordinal);
        }
    }

    // The device works on a row that does not end.
    private async Task<Task<Fakes.Answer>> Occupy(ServedByCluster served, CancellationToken? cancellation = null)
    {
        var hanging = served.Infer(ScriptedEngine.Hang, cancellation: cancellation);
        await Condition.Until(() => Engine.Ran.Contains((served.First.Device, ScriptedEngine.Hang)));
        return hanging;
    }
}
