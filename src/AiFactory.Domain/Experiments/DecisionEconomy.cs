namespace AiFactory.Domain.Experiments;

/// <summary>
/// What each kind of right and wrong two-class decision is worth in USD, before the cost of computing it. For retention: treating a
/// customer costs the offer, and saves a share of the value of one who would have left.
/// </summary>
public sealed record DecisionEconomy(decimal TruePositiveUsd, decimal FalsePositiveUsd, decimal TrueNegativeUsd, decimal FalseNegativeUsd)
{
    public decimal ValueUsd(bool predictedPositive, bool actuallyPositive) => (predictedPositive, actuallyPositive) switch
    {
        (true, true) => TruePositiveUsd,
        (true, false) => FalsePositiveUsd,
        (false, false) => TrueNegativeUsd,
        (false, true) => FalseNegativeUsd,
    };
}
