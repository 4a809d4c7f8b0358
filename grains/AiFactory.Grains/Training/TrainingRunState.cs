using AiFactory.Domain.Training;

namespace AiFactory.Grains.Training;

[GenerateSerializer, Alias("aifactory.training-run-state")]
internal sealed class TrainingRunState
{
    [Id(0)]
    public TrainingCourse? Course { get; set; }
}
