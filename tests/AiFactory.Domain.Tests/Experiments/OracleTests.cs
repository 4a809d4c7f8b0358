using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Tests.Experiments;

/// <summary>Against values of scipy and statsmodels, see Oracle/oracle.py.</summary>
public sealed class OracleTests
{
    private static readonly JsonElement Oracle = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Experiments", "Oracle", "oracle.json"))).RootElement;

    [Fact]
    public void StudentT_TwoSidedP_MatchesScipy() => Assert.All(Rows("t"), row => Close(row[2], StudentT.TwoSidedP(row[0], row[1])));

    [Fact]
    public void StudentT_Quantile_MatchesScipy() => Assert.All(Rows("tQuantile"), row =>
    {
        // scipy 1.10's own quantile is good to about 1e-9 only (its p at the quantile shows it); so is the interval below.
        Assert.Equal(1, StudentT.TwoSidedQuantile(row[0], row[1]) / row[2], 1e-8);
        Close(row[0], StudentT.TwoSidedP(StudentT.TwoSidedQuantile(row[0], row[1]), row[1]));
    });

    [Fact]
    public void ChiSquared_UpperP_MatchesScipy() => Assert.All(Rows("chi2"), row => Close(row[2], ChiSquared.UpperP(row[0], row[1])));

    [Fact]
    public void Normal_TwoSidedP_MatchesScipy() => Assert.All(Rows("normal"), row => Close(row[1], Normal.TwoSidedP(row[0])));

    [Fact]
    public void Wilson_Proportions_MatchesStatsmodels() => Assert.All(Rows("wilson"), row =>
    {
        var interval = Intervals.Wilson((long)row[0], (long)row[1]);
        Assert.Equal(row[2], interval.Low, 1e-10);
        Assert.Equal(row[3], interval.High, 1e-10);
    });

    [Fact]
    public void Report_ConfusionCounts_MatchesStatsmodels()
    {
        foreach (var expected in Oracle.GetProperty("reports").EnumerateArray())
        {
            var (a, b) = (Numbers(expected.GetProperty("a")), Numbers(expected.GetProperty("b")));
            var weights = Numbers(expected.GetProperty("weights"));
            var endpoint = new Endpoint("churn", 2, "salt", new EndpointSpec(
                [new("a", new("default", "mlp", 1), weights[0]), new("b", new("default", "trees", 1), weights[1])],
                Economy: new DecisionEconomy(80, -20, 0, -100)), true, DateTimeOffset.UnixEpoch);

            var report = ExperimentRules.Report(endpoint, [Figures("b", "trees@1", b), Figures("a", "mlp@1", a)], DateTimeOffset.UnixEpoch);

            var means = expected.GetProperty("means").EnumerateArray().Select(Numbers).ToList();
            var differences = expected.GetProperty("differences").EnumerateArray().Select(Numbers).ToList();
            Close(means[0], report.Variants[0].ValueUsdPerDecision);
            Close(means[1], report.Variants[1].ValueUsdPerDecision);
            Assert.Equal(["accuracy", "value_usd_per_decision"], report.Differences.Select(difference => difference.Metric));
            for (var i = 0; i < 2; i++)
            {
                Close(differences[i], report.Differences[i].Difference);
                Close(differences[i][3], report.Differences[i].P);
            }

            Close(expected.GetProperty("sample_ratio_p").GetDouble(), report.SampleRatioP!.Value);
        }
    }

    private static VariantFigures Figures(string variant, string model, double[] cells) => new(
        variant, model, (long)cells.Sum(), (long)cells[0], (long)cells[1], (long)cells[2], (long)cells[3], Picodollars.Zero, 2, (long)cells.Sum());

    private static void Close(double[] expected, Estimate? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected[0], actual.Value, 1e-9);
        Assert.Equal(expected[1], actual.Low, 1e-7);
        Assert.Equal(expected[2], actual.High, 1e-7);
    }

    /// <summary>Relative 1e-10; absolute 1e-15 for probabilities that are nearly nought.</summary>
    private static void Close(double expected, double actual) => Assert.InRange(actual, expected - Slack(expected), expected + Slack(expected));

    private static double Slack(double expected) => Math.Max(1e-15, Math.Abs(expected) * 1e-10);

    private static IEnumerable<double[]> Rows(string name) => Oracle.GetProperty(name).EnumerateArray().Select(Numbers);

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}
