namespace AiFactory.Grains.Workers;

/// <summary>Names of worker pools.</summary>
public static class WorkerPool
{
    public const string Default = "default";
}
