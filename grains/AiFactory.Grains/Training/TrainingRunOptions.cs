namespace AiFactory.Grains.Training;

/// <summary>How training runs are watched.</summary>
public sealed class TrainingRunOptions
{
    /// <summary>Time between looks at a run's workers. Default 2 s.</summary>
    public TimeSpan WatchPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a worker may take to answer before it counts as silent. Default 8 s.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(8);
}
