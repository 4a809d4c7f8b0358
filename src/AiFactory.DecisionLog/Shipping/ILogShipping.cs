namespace AiFactory.DecisionLog.Shipping;

/// <summary>How far the shipping of this silo's decision log is.</summary>
public interface ILogShipping
{
    ShippingStatus Status { get; }
}

/// <param name="Log">The log's name.</param>
/// <param name="Place">Where it is shipped to.</param>
/// <param name="Tail">Address after the last record here.</param>
/// <param name="ShippedTo">Address up to which records are in the store; 0 until the store has been asked.</param>
/// <param name="LagBytes">Bytes of records that are not in the store yet.</param>
/// <param name="LagSeconds">How long ago all there was had been shipped; 0 when all there is has been.</param>
/// <param name="ShippedBytes">Bytes put since the start.</param>
/// <param name="Failures">Failed tries since the start.</param>
/// <param name="LastFailure">Why nothing is shipped at the moment; null when all is well.</param>
/// <param name="SegmentsDropped">Segments removed here since the start.</param>
public sealed record ShippingStatus(
    string Log, string Place, long Tail, long ShippedTo, long LagBytes, double LagSeconds, long ShippedBytes, long Failures, string? LastFailure, long SegmentsDropped);

/// <summary>Somebody who reads the whole log and keeps a position: what is before it, it does not need again.</summary>
public interface ILogConsumer
{
    long Position { get; }
}
