namespace AiFactory.Domain.Decisions;

/// <summary>A decision log as the object store has it, and, of the silo that answers, how far its shipping is.</summary>
/// <param name="Log">Name of the log: that of its silo.</param>
/// <param name="ShippedTo">Address just after the last shipped record; 0 when nothing was shipped.</param>
/// <param name="Tail">Address just after the last record; null of logs of other silos.</param>
/// <param name="LagBytes">Bytes that are not shipped yet; null of logs of other silos, or when it is not shipped.</param>
/// <param name="LagSeconds">How long ago all of it had been shipped, 0 when it is; null as <paramref name="LagBytes"/>.</param>
/// <param name="Failures">Failed tries since the start; null as <paramref name="LagBytes"/>.</param>
/// <param name="LastFailure">Why nothing is shipped at the moment; null when all is well.</param>
public sealed record DecisionLogStatus(
    string Log, long ShippedTo, long? Tail = null, long? LagBytes = null, double? LagSeconds = null, long? Failures = null, string? LastFailure = null);
