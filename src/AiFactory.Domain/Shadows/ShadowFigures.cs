using System.Text.Json.Serialization;

namespace AiFactory.Domain.Shadows;

/// <summary>How a shadow's answer is held against the one given.</summary>
public enum AgreementMeasure
{
    /// <summary>A row agrees when both models decide for the same class.</summary>
    Label,

    /// <summary>A row agrees when the largest element of the only floating-point output, a vector, is in the same place.</summary>
    Argmax,

    /// <summary>A row agrees when its bytes are the same; how far its numbers are apart says more.</summary>
    Difference,

    /// <summary>A row agrees when its bytes are the same: it has no floating-point numbers.</summary>
    Bytes,
}

/// <summary>What came of mirroring requests that one variant answered.</summary>
/// <param name="Mirrored">Sent to the shadow and ended, answered or not.</param>
/// <param name="Dropped">Sampled and not sent, since too many were under way.</param>
/// <param name="Errors">Of the mirrored, those that the shadow did not answer: failures, timeouts.</param>
/// <param name="Rows">Rows compared.</param>
/// <param name="RowsAgreed">By the measure.</param>
/// <param name="RowsIdentical">To the byte.</param>
/// <param name="Numbers">Finite numbers compared, element by element.</param>
/// <param name="DifferenceSum">Of their absolute differences.</param>
/// <param name="DifferenceMax">Largest of them.</param>
/// <param name="LatencySum">Seconds from sending to the shadow to its record, over the answered.</param>
/// <param name="LatencyMax">Longest of them, in seconds.</param>
/// <param name="PrimaryLatencySum">Seconds from arrival to record of the answers given to the same requests.</param>
/// <param name="PrimaryLatencyMax">Longest of them, in seconds.</param>
/// <param name="DeviceSum">Metered device time of the shadow, in seconds.</param>
/// <param name="PrimaryDeviceSum">Metered device time of the answers given to the same requests, in seconds.</param>
public sealed record ShadowFigures(
    long Mirrored,
    long Dropped,
    long Errors,
    long Rows,
    long RowsAgreed,
    long RowsIdentical,
    long Numbers,
    double DifferenceSum,
    double DifferenceMax,
    double LatencySum,
    double LatencyMax,
    double PrimaryLatencySum,
    double PrimaryLatencyMax,
    double DeviceSum,
    double PrimaryDeviceSum)
{
    public static readonly ShadowFigures None = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    [JsonIgnore]
    public long Answered => Mirrored - Errors;

    public ShadowFigures Add(ShadowFigures other) => new(
        Mirrored + other.Mirrored,
        Dropped + other.Dropped,
        Errors + other.Errors,
        Rows + other.Rows,
        RowsAgreed + other.RowsAgreed,
        RowsIdentical + other.RowsIdentical,
        Numbers + other.Numbers,
        DifferenceSum + other.DifferenceSum,
        Math.Max(DifferenceMax, other.DifferenceMax),
        LatencySum + other.LatencySum,
        Math.Max(LatencyMax, other.LatencyMax),
        PrimaryLatencySum + other.PrimaryLatencySum,
        Math.Max(PrimaryLatencyMax, other.PrimaryLatencyMax),
        DeviceSum + other.DeviceSum,
        PrimaryDeviceSum + other.PrimaryDeviceSum);
}

/// <summary>What one gateway saw of a shadow between two reports.</summary>
/// <param name="Variant">Which answered the requests.</param>
/// <param name="Revision">Of the endpoint.</param>
public sealed record ShadowTraffic(string Shadow, string Variant, long Revision, AgreementMeasure Measure, ShadowFigures Figures);

/// <summary>What is kept of an endpoint's shadows: figures of one revision, by shadow and variant.</summary>
/// <param name="Since">When the first of them came; null: none did.</param>
public sealed record ShadowBook(long Revision, DateTimeOffset? Since, IReadOnlyList<ShadowTraffic> Compared)
{
    public static readonly ShadowBook Empty = new(0, null, []);
}
