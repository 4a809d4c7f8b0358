using AiFactory.Domain.Datasets;

namespace AiFactory.Grains.Datasets;

[GenerateSerializer, Alias("aifactory.dataset-state")]
internal sealed class DatasetState
{
    [Id(0)]
    public DatasetHistory History { get; set; } = DatasetHistory.Empty;
}
