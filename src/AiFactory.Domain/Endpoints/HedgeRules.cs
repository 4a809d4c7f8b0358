namespace AiFactory.Domain.Endpoints;

/// <summary>
/// The 95th percentile of a stream in constant memory, by stochastic approximation (Robbins and Monro, 1951): each value above moves the estimate up by
/// 0.95 steps, each below down by 0.05.
/// </summary>
/// <param name="Value">The estimate; 0 before the first value.</param>
public readonly record struct Percentile95(double Value)
{
    private const double Quantile = 0.95;
    private const double StepFraction = 0.05;

    /// <param name="value">Above 0.</param>
    public Percentile95 With(double value) => Value == 0
        ? new(value)
        : new(Math.Max(Value + (StepFraction * Value * (value > Value ? Quantile : Quantile - 1)), double.Epsilon));
}

/// <summary>How many requests may be sent a second time: credit grows with every request and each second sending takes one.</summary>
/// <param name="Credit">Second sendings that are free now.</param>
public readonly record struct HedgeCredit(double Credit)
{
    /// <summary>Credit kept at most, so that a quiet hour does not pay for a storm.</summary>
    public const double CreditMax = 16;

    public HedgeCredit Earn(double fractionMax) => new(Math.Min(Credit + fractionMax, CreditMax));

    /// <summary>Takes one if there is one.</summary>
    public (bool Granted, HedgeCredit Next) Spend() => Credit >= 1 ? (true, new(Credit - 1)) : (false, this);
}
