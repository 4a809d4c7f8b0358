namespace AiFactory.Domain.Statistics;

/// <summary>The chi-squared distribution.</summary>
public static class ChiSquared
{
    /// <summary>P(X &gt;= x).</summary>
    public static double UpperP(double x, double degrees) => SpecialFunctions.RegularisedGammaUpper(degrees / 2, x / 2);
}
