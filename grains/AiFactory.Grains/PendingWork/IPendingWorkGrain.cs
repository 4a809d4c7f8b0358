namespace AiFactory.Grains.PendingWork;

/// <summary>
/// Work that was accepted and has not ended. Whoever accepts work enters it here before saying so, and strikes it out after the end, so that
/// a sweep finds all of it after a crash without looking through what is long done. Key: <see cref="Key"/>.
/// </summary>
[Alias("aifactory.pending-work")]
public interface IPendingWorkGrain : IGrainWithStringKey
{
    const string Key = "all";

    [Alias("Enter")]
    Task Enter(PendingItem item);

    [Alias("Strike")]
    Task Strike(PendingItem item);

    /// <summary>Wakes the grain of every item, which then goes on by itself.</summary>
    [Alias("Sweep")]
    Task Sweep();
}

public enum PendingKind
{
    Dataset,
    TrainingRun,
    Rollout,
}

/// <param name="GrainKey">Key of the grain that does the work.</param>
[GenerateSerializer, Immutable, Alias("aifactory.pending-item")]
public readonly record struct PendingItem([property: Id(0)] PendingKind Kind, [property: Id(1)] string GrainKey);
