using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Decisions;

/// <summary>A decision asked for: read, checked and assigned to a variant.</summary>
/// <param name="Rows">Packed rows, and the place for their answer.</param>
/// <param name="Unit">What was assigned; empty when the caller named none and the request id was.</param>
/// <param name="Bucket">0 to 9999.</param>
/// <param name="ArrivedAt">Timestamp of the TimeProvider.</param>
/// <param name="Assigned">The variant that the hash chose, where <paramref name="Variant"/> is another; else empty.</param>
internal readonly record struct Asked(
    string Tenant,
    ServedEndpoint Endpoint,
    ServedVariant Variant,
    PendingInference Rows,
    string RequestId,
    string Unit,
    int Bucket,
    long ArrivedAt,
    DecisionKind Kind = DecisionKind.Model,
    string Assigned = "");

/// <summary>A decision made and recorded.</summary>
/// <param name="Score">Probability of the positive class; NaN for models without classes and requests of several rows.</param>
internal readonly record struct Decided(long Address, bool HasClasses, bool Positive, double Score);
