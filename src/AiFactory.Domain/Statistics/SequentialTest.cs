namespace AiFactory.Domain.Statistics;

/// <summary>
/// Intervals that may be looked at as often as one likes: with probability 1 - alpha the truth is inside all of them at once. An asymptotic
/// confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences",
/// 2021, eq. 9), narrowest after about <see cref="TunedFor"/> observations.
/// </summary>
public static class SequentialTest
{
    /// <summary>Observations at which the interval is narrowest in proportion.</summary>
    public const double TunedFor = 5000;

    /// <summary>Values of each side below which nothing is said: the intervals are asymptotic.</summary>
    public const long SampleMin = 20;

    /// <summary>Half of the interval's width.</summary>
    /// <param name="squaredError">Squared standard error of the estimate.</param>
    /// <param name="observations">Of both samples together, above 0.</param>
    /// <param name="alpha">Above 0, below 1.</param>
    public static double HalfWidth(double squaredError, double observations, double alpha)
    {
        // s2 (2(n rho^2 + 1) / (n rho)^2) ln(...), with s2 = SE^2 n and (n rho)^2 = n (n rho^2).
        var scaled = Scaled(observations, alpha);
        return Math.Sqrt(squaredError * 2 * (scaled + 1) / scaled * Math.Log(Math.Sqrt(scaled + 1) / alpha));
    }

    /// <summary>
    /// A p-value that stays one however often it is looked at: below alpha exactly where nought lies outside the interval of that alpha, which it is tuned for.
    /// </summary>
    /// <param name="estimate">Whose distance from nought is judged.</param>
    /// <param name="squaredError">Its squared standard error, above 0.</param>
    /// <param name="observations">Of both samples together, above 0.</param>
    /// <param name="alpha">Above 0, below 1.</param>
    public static double P(double estimate, double squaredError, double observations, double alpha)
    {
        var scaled = Scaled(observations, alpha);
        return Math.Min(1, Math.Sqrt(scaled + 1) * Math.Exp(-estimate * estimate * scaled / (2 * squaredError * (scaled + 1))));
    }

    // n rho^2
    private static double Scaled(double observations, double alpha)
    {
        var log = -2 * Math.Log(alpha);
        return observations * ((log + Math.Log(1 + log)) / TunedFor);
    }
}
