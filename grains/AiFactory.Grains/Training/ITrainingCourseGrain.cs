using AiFactory.Domain.Training;

namespace AiFactory.Grains.Training;

/// <summary>Wakes a training run's grain. Key: <see cref="TrainingRunKey"/>.</summary>
[Alias("aifactory.training-course")]
internal interface ITrainingCourseGrain : IGrainWithStringKey
{
    /// <summary>Goes on with the run, if it has not ended.</summary>
    [Alias("Resume")]
    Task Resume();
}
