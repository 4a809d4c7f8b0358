using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Experiments;
using AiFactory.Grains.PendingWork;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Rollouts;

/// <summary>Decides, keeps what it decided, and only then changes the endpoint; what a crash cut off is done again.</summary>
[GrainType("rollout")]
internal sealed partial class RolloutGrain(
    [PersistentState("rollout", StateStore.Name)] IPersistentState<RolloutState> state, TimeProvider time, ILogger<RolloutGrain> logger)
    : Grain, IRolloutGrain, IRolloutCourseGrain
{
    private EndpointKey Key => EndpointKey.FromGrainKey(this.GetPrimaryKeyString());

    private PendingItem Pending => new(PendingKind.Rollout, this.GetPrimaryKeyString());

    private IPendingWorkGrain PendingWork => GrainFactory.GetGrain<IPendingWorkGrain>(IPendingWorkGrain.Key);

    private IEndpointGrain Endpoint => GrainFactory.GetGrain<IEndpointGrain>(this.GetPrimaryKeyString());

    public Task<Rollout> Get() => Task.FromResult(RolloutRules.Get(state.State.Rollout, Key).OrThrow());

    public async Task<Rollout> Start(RolloutSpec spec, string? operation)
    {
        if (operation is not null && state.State.Rollout?.Operation == operation)
        {
            await Resume();
            return state.State.Rollout!;
        }

        var begun = RolloutRules.Begin(state.State.Rollout, Key, await Endpoint.Get(), spec, time.GetUtcNow()).OrThrow() with { Operation = operation };
        await PendingWork.Enter(Pending);
        await Save(begun);
        await Deploy(begun);
        await Act();
        return state.State.Rollout!;
    }

    public async Task<Rollout> Abort(string? reason)
    {
        await Save(RolloutRules.Abort(state.State.Rollout, Key, reason, time.GetUtcNow()).OrThrow());
        await Act();
        return state.State.Rollout!;
    }

    public async Task<Rollout> Promote()
    {
        await Save(RolloutRules.Promote(state.State.Rollout, Key, time.GetUtcNow()).OrThrow());
        await Act();
        return state.State.Rollout!;
    }

    public async Task Observe(TrafficReport report)
    {
        if (state.State.Rollout is not { Status: RolloutStatus.Running } running || RolloutRules.Observe(running, report) is var seen && ReferenceEquals(seen, running))
            return;
        try
        {
            var judged = RolloutRules.Judge(seen, await Outcomes(seen), time.GetUtcNow());
            await Save(judged);
            if (judged.Step != running.Step || judged.Status != running.Status)
            {
                LogMoved(Key, judged.Candidate, judged.Status, judged.Share, judged.Reason ?? "");
                await Act();
            }
        }
        catch (Exception failure)
        {
            // Nobody waits for this call; what was decided is kept, and the next report or sweep acts on it.
            LogNotJudged(Key, failure);
        }
    }

    public async Task Resume()
    {
        if (state.State.Rollout is not { } rollout)
        {
            await PendingWork.Strike(Pending);
            return;
        }

        if (rollout.Status == RolloutStatus.Starting)
            await Deploy(rollout);
        await Act();
    }

    private async Task Deploy(Rollout rollout)
    {
        try
        {
            var endpoint = await Endpoint.Get();
            if (!RolloutRules.IsDeployed(rollout, endpoint))
                endpoint = await Endpoint.Deploy(RolloutRules.Deployment(rollout, endpoint.Spec));
            await Save(RolloutRules.Deployed(rollout, endpoint, await Outcomes(rollout), time.GetUtcNow()));
        }
        catch (RefusedException refused) when (refused.Refusal.Kind != RefusalKind.Unavailable)
        {
            await Save(RolloutRules.Fail(rollout, refused.Refusal.What, time.GetUtcNow()));
            await PendingWork.Strike(Pending);
            throw;
        }
    }

    private async Task Act()
    {
        var rollout = state.State.Rollout!;
        if (rollout.Revision > 0 && rollout.Status != RolloutStatus.Superseded)
        {
            try
            {
                await Endpoint.Shift(rollout.Revision, RolloutRules.Weights(rollout));
            }
            catch (RefusedException refused) when (refused.Refusal.Kind is RefusalKind.Conflict or RefusalKind.NotFound)
            {
                await Save(RolloutRules.Supersede(rollout, time.GetUtcNow()));
            }
        }

        if (RolloutRules.Ended(state.State.Rollout!))
            await PendingWork.Strike(Pending);
    }

    private async Task<OutcomeFigures?> Outcomes(Rollout rollout) => GuardRules.NeedsOutcomes(rollout.Spec)
        ? GuardRules.Outcomes(await GrainFactory.GetGrain<IExperimentGrain>(this.GetPrimaryKeyString()).Report(), rollout.Baseline, rollout.Candidate)
        : null;

    private Task Save(Rollout next) => ReferenceEquals(next, state.State.Rollout) ? Task.CompletedTask : state.Save(new RolloutState { Rollout = next });
}
