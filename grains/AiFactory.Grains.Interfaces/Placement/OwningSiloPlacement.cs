using Orleans.Placement;

namespace AiFactory.Grains.Placement;

/// <summary>Places a grain on the silo that its key names before the slash, and nowhere else: it owns the device or the log.</summary>
[GenerateSerializer, Immutable, Alias("aifactory.owning-silo-placement")]
public sealed class OwningSiloPlacement : PlacementStrategy
{
    public static readonly OwningSiloPlacement Instance = new();
}

[AttributeUsage(AttributeTargets.Class)]
public sealed class OwningSiloPlacementAttribute() : PlacementAttribute(OwningSiloPlacement.Instance);
