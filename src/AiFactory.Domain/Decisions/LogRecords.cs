using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Decisions;

/// <summary>What the decision log holds, in the order it happened.</summary>
public abstract record LogRecord(DateTimeOffset At);

/// <summary>One decision: who asked, which variant, what the model saw and said, and what it cost.</summary>
/// <param name="Variant">Which answered; empty for a static default.</param>
/// <param name="Unit">Value of the key field; empty when the caller gave none and the variant was drawn by request id.</param>
/// <param name="Bucket">Assignment bucket, 0 to 9999, that chose the variant.</param>
/// <param name="Rows">Rows in <paramref name="Features"/> and <paramref name="Outputs"/>; 1 for named decisions.</param>
/// <param name="Features">Packed input rows exactly as the engine got them (see PackedRows).</param>
/// <param name="Outputs">Packed output rows exactly as the engine gave them.</param>
/// <param name="Predicted">Predicted class of a one-row two-class decision, else empty.</param>
/// <param name="PositivePredicted">Whether that class is the positive one.</param>
/// <param name="DeviceNanoseconds">Metered device time, this decision's share of its batch.</param>
/// <param name="Cost">That time at the price book's rate.</param>
/// <param name="Kind">Only <see cref="DecisionKind.Model"/> and <see cref="DecisionKind.Cached"/> decisions count in experiments.</param>
/// <param name="Assigned">The variant assigned, where another or none answered; else empty.</param>
/// <param name="Original">Of a cached answer, address of the decision it repeats; of a shadow's, of the one it mirrors; else -1.</param>
public sealed record DecisionRecord(
    DateTimeOffset At,
    string Tenant,
    string Endpoint,
    long Revision,
    string Variant,
    string Model,
    int ModelVersion,
    string RequestId,
    string Unit,
    int Bucket,
    int Rows,
    ReadOnlyMemory<byte> Features,
    ReadOnlyMemory<byte> Outputs,
    string Predicted,
    bool PositivePredicted,
    string Worker,
    int BatchRows,
    long DeviceNanoseconds,
    int PriceBookVersion,
    Picodollars Cost,
    long LatencyMicroseconds,
    DecisionKind Kind = DecisionKind.Model,
    string Assigned = "",
    long Original = -1) : LogRecord(At)
{
    /// <summary>Whether somebody was answered for that request, or for one of several that it held.</summary>
    public bool IsFor(string tenant, string requestId) => Kind != DecisionKind.Shadow && Tenant == tenant
        && RequestId.StartsWith(requestId, StringComparison.Ordinal) && (RequestId.Length == requestId.Length || RequestId[requestId.Length] == '-');
}

/// <summary>A decision and where its log holds it.</summary>
public sealed record FoundDecision(long Address, DecisionRecord Decision);

/// <summary>Where a decision's outputs came from.</summary>
public enum DecisionKind : byte
{
    /// <summary>The assigned variant's model.</summary>
    Model,

    /// <summary>An earlier answer to the same input; costs nothing.</summary>
    Cached,

    /// <summary>Another variant's model, the assigned one being unable.</summary>
    Fallback,

    /// <summary>The endpoint's fixed outputs, no model being able; costs nothing.</summary>
    Default,

    /// <summary>A shadow's model; nobody was answered.</summary>
    Shadow,

    /// <summary>The model of a variant that the caller named; counts in no experiment.</summary>
    Pinned,
}

/// <summary>What turned out to be true of a decision. The first outcome of a decision counts; the same one again is the same one.</summary>
public sealed record OutcomeRecord(DateTimeOffset At, string Tenant, string Endpoint, long DecisionAddress, string Label, bool Positive) : LogRecord(At);

/// <summary>
/// A device's time over an interval of one session (from a worker's start to its end). Interval by interval,
/// <c>bill = inference + training + idle</c>, and inference is what the decisions of the interval were charged plus the overhead of requests that never became decisions.
/// </summary>
/// <param name="Session">Names the worker's session; intervals of a session join without gaps.</param>
/// <param name="Bill">Rate times wall time.</param>
/// <param name="Inference">Charged to inference batches.</param>
/// <param name="Training">Charged to training runs, by run id with its tenant: <c>tenant/run</c>.</param>
public sealed record DeviceTimeRecord(
    DateTimeOffset At,
    string Worker,
    string Session,
    long Interval,
    long WallNanoseconds,
    Picodollars Bill,
    Picodollars Inference,
    IReadOnlyDictionary<string, Picodollars> Training,
    Picodollars Idle) : LogRecord(At);
