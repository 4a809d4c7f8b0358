using System.Text.Json;
using System.Text.Json.Serialization;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>Classes of requests: a waiting request of a higher class goes before all of a lower one. Numbered as Triton numbers priorities.</summary>
public enum RequestPriority : byte
{
    High = 1,
    Normal = 2,
    Low = 3,
}

/// <summary>How an endpoint is to be served. Every member has a default that suits most endpoints.</summary>
/// <param name="LatencyObjectiveMs">
/// 99th percentile from arrival to record, in ms, above 0: batching and autoscaling keep to it, and requests that would miss it for the work before them are
/// refused. Null: batching and autoscaling keep to <see cref="DefaultObjectiveMs"/>, and only deadlines refuse.
/// </param>
/// <param name="TimeoutMs">Deadline of a request that names none, in ms from its arrival, above 0.</param>
/// <param name="Priority">Class of a request that names none.</param>
/// <param name="Replicas">How many workers serve each variant; null: one, growing with queue time to all there are.</param>
/// <param name="Breaker">When a failing variant is passed over; null: <see cref="BreakerTerms.Default"/>.</param>
/// <param name="Hedge">When a slow request is sent to a second replica; null: never.</param>
/// <param name="Cache">Whether answers to the same input are given again; null: never.</param>
/// <param name="Fallbacks">What is tried, in this order, when the assigned variant cannot answer; null or empty: nothing.</param>
/// <param name="Placement">Devices that may serve it; null: all.</param>
public sealed record ServingTerms(
    double? LatencyObjectiveMs = null,
    double TimeoutMs = 10_000,
    RequestPriority Priority = RequestPriority.Normal,
    ReplicaBounds? Replicas = null,
    BreakerTerms? Breaker = null,
    HedgeTerms? Hedge = null,
    CacheTerms? Cache = null,
    IReadOnlyList<FallbackStep>? Fallbacks = null,
    PlacementTerms? Placement = null)
{
    public const double DefaultObjectiveMs = 100;

    public static readonly ServingTerms Default = new();

    /// <summary>What batching and autoscaling keep to, in ms.</summary>
    [JsonIgnore]
    public double ObjectiveMs => LatencyObjectiveMs ?? DefaultObjectiveMs;
}

/// <param name="Min">Replicas at rest, at least 1.</param>
/// <param name="Max">Replicas under load; 0: as many as there are workers.</param>
public sealed record ReplicaBounds(int Min = 1, int Max = 0);

/// <summary>A variant whose requests fail is passed over for a while, then tried with one request (Nygard, Release It!, circuit breaker).</summary>
/// <param name="ErrorFraction">Share of failed requests in the window that opens the breaker, above 0 to 1.</param>
/// <param name="RequestsMin">Requests in the window below which it stays closed, at least 1.</param>
/// <param name="WindowSeconds">Above 0.</param>
/// <param name="OpenSeconds">How long the variant is passed over before it is tried again, above 0.</param>
public sealed record BreakerTerms(double ErrorFraction = 0.5, int RequestsMin = 20, double WindowSeconds = 10, double OpenSeconds = 5)
{
    public static readonly BreakerTerms Default = new();
}

/// <summary>A request not answered in time is sent to a second replica too, and the first answer counts (Dean and Barroso, The Tail at Scale, 2013).</summary>
/// <param name="AfterMs">In ms from sending; 0: the variant's 95th percentile of late.</param>
/// <param name="FractionMax">Most hedged requests as a share of all, above 0 to 1.</param>
public sealed record HedgeTerms(double AfterMs = 0, double FractionMax = 0.05);

/// <param name="SecondsMax">Age up to which an answer is given again, above 0.</param>
/// <param name="BytesMax">Memory a gateway keeps for this endpoint's answers, above 0.</param>
public sealed record CacheTerms(double SecondsMax = 60, long BytesMax = 64L << 20);

public enum FallbackKind
{
    /// <summary>Another variant of the endpoint.</summary>
    Variant,

    /// <summary>The cached answer to the same input, whatever its age. Needs <see cref="ServingTerms.Cache"/>.</summary>
    Cached,

    /// <summary>Fixed outputs. They answer for a stopped endpoint too.</summary>
    Default,
}

/// <param name="Variant">Of <see cref="FallbackKind.Variant"/>: its name.</param>
/// <param name="Outputs">Of <see cref="FallbackKind.Default"/>: one row for each output tensor of the model, nested or flat.</param>
public sealed record FallbackStep(FallbackKind Kind, string? Variant = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null);

/// <summary>A model that sees a share of an endpoint's requests and answers none: its decisions are recorded and metered apart.</summary>
/// <param name="Percent">Share of requests mirrored, 0.01 to 100.</param>
public sealed record ShadowSpec(string Name, Models.ModelVersionKey Model, double Percent = 100);
