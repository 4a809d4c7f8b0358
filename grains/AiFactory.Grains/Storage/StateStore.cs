namespace AiFactory.Grains.Storage;

/// <summary>Name of the grain storage provider that holds all state of the factory.</summary>
public static class StateStore
{
    public const string Name = "factory";
}
