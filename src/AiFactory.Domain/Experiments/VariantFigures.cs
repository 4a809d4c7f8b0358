using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Experiments;

/// <summary>Running totals of one variant with one model version: all an experiment report needs.</summary>
/// <param name="Model"><c>name@version</c>.</param>
/// <param name="Exposures">Decisions made.</param>
/// <param name="Revision">Newest revision of the endpoint that any of them was made under; 0 before the first.</param>
/// <param name="RevisionExposures">Decisions made under that revision.</param>
public sealed record VariantFigures(
    string Variant,
    string Model,
    long Exposures,
    long TruePositives,
    long FalsePositives,
    long TrueNegatives,
    long FalseNegatives,
    Picodollars Cost,
    long Revision = 0,
    long RevisionExposures = 0);

/// <summary>What one log says of an endpoint's variants.</summary>
/// <param name="Position">Every record before this address is in it.</param>
public sealed record FiguresShare(long Position, IReadOnlyList<VariantFigures> Variants);
