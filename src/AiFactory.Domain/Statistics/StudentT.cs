namespace AiFactory.Domain.Statistics;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    /// <summary>P(|T| &gt;= |t|) with <paramref name="degrees"/> &gt; 0 degrees of freedom.</summary>
    public static double TwoSidedP(double t, double degrees) => SpecialFunctions.RegularisedBeta(degrees / 2, 0.5, degrees / (degrees + (t * t)));

    /// <summary>The t with P(|T| &gt;= t) = <paramref name="p"/>, 0 &lt; p &lt;= 1; by bisection to the last bit.</summary>
    public static double TwoSidedQuantile(double p, double degrees)
    {
        var (low, high) = (0.0, 1.0);
        while (TwoSidedP(high, degrees) > p)
        {
            high *= 2;
        }

        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return high;
            }

            (low, high) = TwoSidedP(middle, degrees) > p ? (middle, high) : (low, middle);
        }
    }
}
