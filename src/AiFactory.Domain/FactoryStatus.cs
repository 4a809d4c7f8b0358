using AiFactory.Domain.Workers;

namespace AiFactory.Domain;

/// <summary>A running factory as an operator sees it.</summary>
public sealed record FactoryStatus(string Version, int ProcessId, DateTimeOffset StartedAt, string DataFolder, IReadOnlyList<string> Silos, IReadOnlyList<WorkerStatus> Workers);

/// <summary>One thing the doctor looked at.</summary>
/// <param name="Cause">The real cause when it is not well.</param>
/// <param name="Mend">How to mend it.</param>
public sealed record HealthFinding(string Component, bool Healthy, string Detail, string? Cause = null, string? Mend = null);
