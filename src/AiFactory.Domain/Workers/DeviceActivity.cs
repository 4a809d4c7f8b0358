using AiFactory.Domain.Finance;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Workers;

/// <summary>What a device computes for: a batch of decisions, or a training run.</summary>
/// <param name="TrainingRun">The run's grain key, <c>tenant/run</c>; null for a batch.</param>
public readonly record struct DeviceActivity(string? TrainingRun)
{
    public static readonly DeviceActivity Inference;

    public static DeviceActivity Training(TrainingRunKey run) => new(run.ToGrainKey());

    public bool IsInference => TrainingRun is null;
}

/// <summary>Names an activity between its beginning and its end.</summary>
public readonly record struct ActivityToken(long Id);

/// <summary>What one activity was charged, from its beginning to its end.</summary>
public readonly record struct DeviceCharge(long Nanoseconds, Picodollars Price);

/// <summary>A device's time from one cut to the next; <c>Bill = Inference + Training + Idle</c> exactly.</summary>
/// <param name="Number">1 for the first of a session; intervals join without gaps.</param>
/// <param name="Bill">Rate times wall time.</param>
/// <param name="Training">By the run's grain key.</param>
public sealed record DeviceInterval(
    long Number,
    long WallNanoseconds,
    Picodollars Bill,
    Picodollars Inference,
    IReadOnlyDictionary<string, Picodollars> Training,
    Picodollars Idle);
