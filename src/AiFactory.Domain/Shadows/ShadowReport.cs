using AiFactory.Domain.Models;

namespace AiFactory.Domain.Shadows;

/// <summary>How an endpoint's shadows compare with the answers it gave, over all gateways, since the present revision was deployed.</summary>
/// <param name="Since">When the first figures came; null: none did.</param>
public sealed record ShadowReport(string Endpoint, long Revision, DateTimeOffset? Since, IReadOnlyList<ShadowStanding> Shadows);

/// <param name="Percent">Share of requests mirrored.</param>
/// <param name="Compared">By variant that answered; empty while nothing was mirrored.</param>
public sealed record ShadowStanding(string Name, ModelVersionKey Model, double Percent, IReadOnlyList<ShadowComparison> Compared);

/// <summary>A shadow against one variant.</summary>
/// <param name="Agreement">Share of rows that agree by the measure; null before the first.</param>
/// <param name="Identical">Share of rows that are the same to the byte; null before the first.</param>
/// <param name="MeanDifference">Mean absolute difference of the numbers; null where there are none.</param>
/// <param name="MaxDifference">Largest absolute difference of the numbers; null where there are none.</param>
/// <param name="ErrorShare">Share of mirrored requests that the shadow did not answer; null before the first.</param>
/// <param name="MeanLatency">Of the shadow, at the lowest priority, in seconds; null before its first answer.</param>
/// <param name="PrimaryMeanLatency">Of the answers given to the same requests, in seconds; null before the shadow's first answer.</param>
/// <param name="MeanDeviceTime">Of the shadow, a request, in seconds; null before its first answer.</param>
/// <param name="PrimaryMeanDeviceTime">Of the answers given to the same requests, in seconds; null before the shadow's first answer.</param>
public sealed record ShadowComparison(
    string Variant,
    AgreementMeasure Measure,
    double? Agreement,
    double? Identical,
    double? MeanDifference,
    double? MaxDifference,
    double? ErrorShare,
    double? MeanLatency,
    double? PrimaryMeanLatency,
    double? MeanDeviceTime,
    double? PrimaryMeanDeviceTime,
    ShadowFigures Figures)
{
    public static ShadowComparison Of(ShadowTraffic traffic)
    {
        var figures = traffic.Figures;
        return new(
            traffic.Variant,
            traffic.Measure,
            Share(figures.RowsAgreed, figures.Rows),
            Share(figures.RowsIdentical, figures.Rows),
            Share(figures.DifferenceSum, figures.Numbers),
            figures.Numbers == 0 ? null : figures.DifferenceMax,
            Share(figures.Errors, figures.Mirrored),
            Share(figures.LatencySum, figures.Answered),
            Share(figures.PrimaryLatencySum, figures.Answered),
            Share(figures.DeviceSum, figures.Answered),
            Share(figures.PrimaryDeviceSum, figures.Answered),
            figures);
    }

    private static double? Share(double part, long whole) => whole == 0 ? null : part / whole;
}
