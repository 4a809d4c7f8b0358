using AiFactory.Domain.Decisions;

namespace AiFactory.Grains.Decisions;

/// <summary>How this process makes its decision log known.</summary>
public sealed class OwnLogOptions
{
    /// <summary>Whether the process is a silo or a client of silos. Default silo.</summary>
    public LogKind Kind { get; set; } = LogKind.Silo;

    /// <summary>Least time between two publications of the log's totals. Default 2 s; more where taking them takes over a twentieth of it.</summary>
    public TimeSpan PublishPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause before the catalog or the object store is tried again. Default 0.5 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a client says where it is. Default 3 s.</summary>
    public TimeSpan RegisterPeriod { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the catalog hears where the log ends. Default 10 min.</summary>
    public TimeSpan CatalogPeriod { get; set; } = TimeSpan.FromMinutes(10);
}
