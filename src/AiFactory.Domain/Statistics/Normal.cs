namespace AiFactory.Domain.Statistics;

/// <summary>The standard normal distribution.</summary>
public static class Normal
{
    /// <summary>The z with P(|Z| &gt;= z) = 0.05.</summary>
    public const double Z95 = 1.9599639845400542;

    /// <summary>P(|Z| &gt;= |z|).</summary>
    public static double TwoSidedP(double z) => SpecialFunctions.RegularisedGammaUpper(0.5, z * z / 2);
}
