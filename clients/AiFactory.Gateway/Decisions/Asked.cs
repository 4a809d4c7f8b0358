using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Decisions;

/// <summary>A decision asked for: read, checked and assigned to a variant.</summary>
/// <param name="Wanted">The variant to ask: the one assigned, or the one that the caller names.</param>
/// <param name="Rows">Packed rows, and the place for their answer.</param>
/// <param name="Unit">What was assigned; empty when the caller named none and the request id was.</param>
/// <param name="Bucket">0 to 9999.</param>
/// <param name="ArrivedAt">Timestamp of the TimeProvider.</param>
/// <param name="Assigned">The variant that the hash chose, where the caller names another; else empty.</param>
internal readonly record struct Asked(
    string Tenant,
    ServedEndpoint Endpoint,
    ServedVariant Wanted,
    PendingInference Rows,
    string RequestId,
    string Unit,
    int Bucket,
    long ArrivedAt,
    DecisionKind Kind = DecisionKind.Model,
    string Assigned = "")
{
    /// <summary>The variant that answered, once there is an answer; till then, and for fixed outputs, the wanted one.</summary>
    public ServedVariant Variant => Rows.AnsweredBy ?? Wanted;
}

/// <summary>A decision made and recorded.</summary>
/// <param name="LatencyMicroseconds">From the request's arrival to its record.</param>
/// <param name="Score">Probability of the positive class; NaN for models without classes and requests of several rows.</param>
internal readonly record struct Decided(long Address, bool HasClasses, bool Positive, double Score, long LatencyMicroseconds);
