using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Training;

public sealed class TrainingCourseRulesTests
{
    private static readonly TrainingRunKey Key = new("default", "run");
    private static readonly WorkerKey[] Ring = [new("silo-1", "cpu-0"), new("silo-1", "cpu-1")];
    private static readonly TrainingSpec Spec = new("m", new DatasetVersionKey("default", "d", 1), "churn", "mlp");
    private static readonly Refusal Passing = new("lost", RefusalKind.Unavailable, "Lost.");

    [Fact]
    public void StartAttempt_AfterCheckpoint_ForgetsLaterEpochs()
    {
        var course = TrainingCourseRules.EndEpoch(Attempt(Begun()), 1, Epoch(1));
        Assert.Equal((1, 0), (course.Run.CheckpointEpoch, course.FruitlessAttempts));
        var second = Attempt(TrainingCourseRules.EndAttempt(course, 1, Passing, default));

        Assert.Equal((2, TrainingStatus.Running), (second.Run.Attempt, second.Run.Status));
        Assert.Equal([1], second.Run.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal([(0, 1), (1, 1)], second.Assignments(Key).Select(part => (part.Rank, part.CheckpointEpoch)));
    }

    [Fact]
    public void EndEpoch_LateOrRepeated_ChangesNothing()
    {
        var course = TrainingCourseRules.EndEpoch(Attempt(Begun()), 1, Epoch(2));
        Assert.Same(course, TrainingCourseRules.EndEpoch(course, 1, Epoch(2)));
        Assert.Same(course, TrainingCourseRules.EndEpoch(course, 0, Epoch(3)));
    }

    [Fact]
    public void EndAttempt_WithoutProgress_FailsAtTheFifth()
    {
        var course = Begun();
        for (var attempt = 1; attempt < TrainingCourseRules.FruitlessAttemptsMax; attempt++)
        {
            course = TrainingCourseRules.EndAttempt(Attempt(course), attempt, Passing, default);
            Assert.Equal(TrainingStatus.Pending, course.Run.Status);
        }

        Assert.Equal(TrainingStatus.Failed, TrainingCourseRules.EndAttempt(Attempt(course), TrainingCourseRules.FruitlessAttemptsMax, Passing, default).Run.Status);
    }

    [Fact]
    public void EndAttempt_ForGood_FailsAtOnce()
    {
        var failed = TrainingCourseRules.EndAttempt(Attempt(Begun()), 1, Passing with { Kind = RefusalKind.Unprocessable }, default);
        Assert.True(failed.Ended);
        Assert.Same(failed, TrainingCourseRules.EndAttempt(failed, 1, Passing, default));
    }

    [Fact]
    public void Cancel_Ended_IsRefusedUnlessCancelled()
    {
        var cancelled = TrainingCourseRules.Cancel(Begun(), Key, default).OrThrow();
        Assert.Same(cancelled, TrainingCourseRules.Cancel(cancelled, Key, default).OrThrow());
        var failed = TrainingCourseRules.EndAttempt(Attempt(Begun()), 1, Passing with { Kind = RefusalKind.Conflict }, default);
        Assert.Equal("training-run-ended", TrainingCourseRules.Cancel(failed, Key, default).Refusal!.Code);
        Assert.Equal("training-run-not-found", TrainingCourseRules.Cancel(null, Key, default).Refusal!.Code);
    }

    [Theory]
    [InlineData(ShardSight.AtWork, ShardSight.AtWork, 1000, true)]
    [InlineData(ShardSight.AtWork, ShardSight.Absent, 1, true)]
    [InlineData(ShardSight.AtWork, ShardSight.Absent, 61, false)]
    [InlineData(ShardSight.Absent, ShardSight.AtWork, 1, false)]
    [InlineData(ShardSight.AtWork, ShardSight.Silent, 1, false)]
    public void Judge_Sights_TellsLostAttempts(ShardSight first, ShardSight second, int secondsSinceReport, bool goesOn) =>
        Assert.Equal(goesOn, ShardWatch.Judge(Ring, [first, second], TimeSpan.FromSeconds(secondsSinceReport)) is null);

    private static TrainingCourse Begun() => TrainingCourseRules.Begin(Key, Spec, Spec,
        new DatasetVersion("d", 1, "i", 10, 0, new DataContract("d", "1", []), new DatasetProfile(10, []), new SourceFile("f", "s", 1), [], [], default), default);

    private static TrainingCourse Attempt(TrainingCourse course) => TrainingCourseRules.StartAttempt(course, Ring);

    private static EpochMetrics Epoch(int epoch) => new(epoch, 0.5, 0.5, 0.9, 0.9, 1);
}
