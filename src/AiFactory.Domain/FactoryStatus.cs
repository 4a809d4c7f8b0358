using AiFactory.Domain.Workers;

namespace AiFactory.Domain;

/// <summary>A running factory as an operator sees it.</summary>
/// <param name="GrpcUrl">Where the gateway asked listens for gRPC; null: nowhere.</param>
public sealed record FactoryStatus(
    string Version,
    int ProcessId,
    DateTimeOffset StartedAt,
    string DataFolder,
    IReadOnlyList<string> Silos,
    IReadOnlyList<WorkerStatus> Workers,
    string? GrpcUrl = null);

/// <summary>One thing the doctor looked at.</summary>
/// <param name="Cause">The real cause when it is not well.</param>
/// <param name="Mend">How to mend it.</param>
public sealed record HealthFinding(string Component, bool Healthy, string Detail, string? Cause = null, string? Mend = null);
