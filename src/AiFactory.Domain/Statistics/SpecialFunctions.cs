namespace AiFactory.Domain.Statistics;

/// <summary>The functions behind the distributions, to about 1e-13 relative for the arguments that tests of significance meet.</summary>
internal static class SpecialFunctions
{
    private const double Smallest = 1e-300;
    private const double Tolerance = 1e-15;
    private const int TermsMax = 10_000;

    // Lanczos approximation, g = 7, n = 9 (Godfrey 2001).
    private static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
        12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>ln Γ(x) for x &gt; 0.</summary>
    public static double LogGamma(double x)
    {
        if (x < 0.5)
        {
            return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x);
        }

        x -= 1;
        var sum = Lanczos[0];
        for (var i = 1; i < Lanczos.Length; i++)
        {
            sum += Lanczos[i] / (x + i);
        }

        var t = x + 7.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((x + 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }

    /// <summary>Regularised incomplete beta I_x(a, b): DLMF 8.17.22, by Lentz's method.</summary>
    public static double RegularisedBeta(double a, double b, double x)
    {
        if (x <= 0 || x >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - RegularisedBeta(b, a, 1 - x);
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x))) / a;
        return front / ContinuedFraction(m => (m == 0 ? 1 : BetaTerm(a, b, x, m), 1));
    }

    /// <summary>Upper regularised incomplete gamma Q(a, x): series below a + 1 (DLMF 8.7.1), continued fraction above (8.9.2).</summary>
    public static double RegularisedGammaUpper(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        var front = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x >= a + 1)
        {
            return front / ContinuedFraction(m => m == 0 ? (1, x + 1 - a) : (-m * (m - a), x + (2 * m) + 1 - a));
        }

        var (term, sum) = (1 / a, 1 / a);
        for (var n = 1; n < TermsMax && term > sum * Tolerance; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return 1 - (front * sum);
    }

    // DLMF 8.17.23: coefficients d_1, d_2, ...
    private static double BetaTerm(double a, double b, double x, int n)
    {
        var m = n / 2;
        return n % 2 == 0
            ? m * (b - m) * x / ((a + n - 1) * (a + n))
            : -(a + m) * (a + b + m) * x / ((a + n - 1) * (a + n));
    }

    /// <summary>Modified Lentz: b0 + a1/(b1 + a2/(b2 + ...)), the term function giving (a_m, b_m), a_0 unused.</summary>
    private static double ContinuedFraction(Func<int, (double A, double B)> term)
    {
        var value = NotZero(term(0).B);
        var (c, d) = (value, 0.0);
        for (var m = 1; m < TermsMax; m++)
        {
            var (a, b) = term(m);
            d = 1 / NotZero(b + (a * d));
            c = NotZero(b + (a / c));
            value *= c * d;
            if (Math.Abs((c * d) - 1) < Tolerance)
            {
                break;
            }
        }

        return value;
    }

    private static double NotZero(double value) => Math.Abs(value) < Smallest ? Smallest : value;
}
