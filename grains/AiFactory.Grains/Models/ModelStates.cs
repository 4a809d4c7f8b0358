using AiFactory.Domain.Models;

namespace AiFactory.Grains.Models;

[GenerateSerializer, Alias("aifactory.model-state")]
internal sealed class ModelState
{
    [Id(0)]
    public ModelLine Line { get; set; } = ModelLine.Empty;
}

[GenerateSerializer, Alias("aifactory.model-version-state")]
internal sealed class ModelVersionState
{
    [Id(0)]
    public ModelVersion? Version { get; set; }
}
