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

    /// <summary>Half of the interval's width.</summary>
    /// <param name="squaredError">Squared standard error of the estimate.</param>
    /// <param name="observations">Of both samples together, above 0.</param>
    /// <param name="alpha">Above 0, below 1.</param>
    public static double HalfWidth(double squaredError, double observations, double alpha)
    {
        var log = -2 * Math.Log(alpha);
        var n = observations;
        var scaled = n * ((log + Math.Log(1 + log)) / TunedFor);
        // s2 (2(n rho^2 + 1) / (n rho)^2) ln(...), with s2 = SE^2 n and (n rho)^2 = n (n rho^2).
        return Math.Sqrt(squaredError * 2 * (scaled + 1) / scaled * Math.Log(Math.Sqrt(scaled + 1) / alpha));
    }
}
