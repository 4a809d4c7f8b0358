using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Operations;

[Collection(SharedFactoryGroup.Name)]
public sealed class MetricsTests(SharedFactory factory)
{
    // promtool's exit status when it could read the page and has only advice to give, e.g. about names that Orleans and .NET chose.
    private const int AdviceOnly = 3;

    [Fact]
    public async Task Metrics_JudgedByPromtool_CanBeReadAndOwnNamesAreFreeOfComplaints()
    {
        var page = await Scrape();

        var (status, complaints) = await Promtool(page);

        Assert.True(status is 0 or AdviceOnly, complaints);
        Assert.DoesNotContain(complaints.Split('\n'), line => line.StartsWith("aifactory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_AfterDecisions_HasEverySeriesOnce()
    {
        var series = Series(await Scrape()).Select(sample => sample.Name).ToList();

        Assert.Contains(series, name => name.StartsWith("aifactory_decisions_total{", StringComparison.Ordinal));
        Assert.Equal(series.Count, series.Distinct().Count());
    }

    [Fact]
    public async Task Metrics_RequestsThatAreNoDecisions_AreCountedByRouteAndStatus()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await factory.Http.Get("/v1/status", cancellation);
        await factory.Http.Get("/v1/endpoints/no-such-endpoint", cancellation);

        // The page is kept for a moment.
        await Until.True("both requests counted", async () =>
        {
            var requests = Series(await Scrape()).Select(sample => sample.Name).Where(name => name.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)).ToList();
            return requests.Exists(name => name.Contains("http_route=\"/v1/status\"", StringComparison.Ordinal) && name.Contains("http_response_status_code=\"200\"", StringComparison.Ordinal))
                && requests.Exists(name => name.Contains("http_response_status_code=\"404\"", StringComparison.Ordinal));
        }, cancellation);
    }

    /// <summary>Boundaries made for another unit would put every decision into one bucket, and every quantile would be that bucket's edge.</summary>
    [Theory]
    [InlineData("aifactory_decision_duration_seconds")]
    [InlineData("aifactory_decision_compute_seconds")]
    public async Task Metrics_DecisionHistograms_HaveBucketsOnBothSidesOfAMillisecond(string histogram)
    {
        var bounds = Series(await Scrape())
            .Where(sample => sample.Name.StartsWith(histogram + "_bucket", StringComparison.Ordinal))
            .Select(sample => sample.Name.Split("le=\"")[1].Split('"')[0])
            .Where(bound => bound != "+Inf")
            .Select(bound => double.Parse(bound, CultureInfo.InvariantCulture))
            .Distinct().ToList();

        Assert.True(bounds.Count(bound => bound < 0.001) >= 3 && bounds.Count(bound => bound is > 0.001 and <= 10) >= 3, string.Join(' ', bounds));
    }

    [Fact]
    public async Task OpenApi_OfARealFactory_HoldsOnlyRoutesWithASummary()
    {
        var document = (await factory.Http.Get("/openapi/v1.json", TestContext.Current.CancellationToken)).ExpectSuccess().Json;

        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            Assert.All(path.Value.EnumerateObject(), operation => Assert.True(operation.Value.TryGetProperty("summary", out _), $"{operation.Name} {path.Name}"));
        }
    }

    [Fact]
    public async Task Get_PathThatIsNotThere_IsAProblemToo() =>
        (await factory.Http.Get("/nothing", TestContext.Current.CancellationToken)).ExpectProblem(HttpStatusCode.NotFound, "route-not-found").ExpectMention("/nothing");

    [Theory]
    [InlineData("/dashboard/")]
    [InlineData("/console/")]
    public async Task Get_Page_IsHtml(string path) =>
        Assert.Equal("text/html", (await factory.Http.Get(path, TestContext.Current.CancellationToken)).ExpectSuccess().MediaType);

    private static IEnumerable<(string Name, string Value)> Series(string page) =>
        page.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => (line[..line.LastIndexOf(' ')], line[(line.LastIndexOf(' ') + 1)..]));

    private static async Task<(int Status, string Complaints)> Promtool(string page)
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        Process promtool;
        try
        {
            promtool = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("promtool is not installed (package prometheus).");
            throw;
        }

        using (promtool)
        {
            var cancellation = TestContext.Current.CancellationToken;
            var complaints = promtool.StandardError.ReadToEndAsync(cancellation);
            var output = promtool.StandardOutput.ReadToEndAsync(cancellation);
            await promtool.StandardInput.WriteAsync(page.AsMemory(), cancellation);
            promtool.StandardInput.Close();
            await promtool.WaitForExitAsync(cancellation);
            return (promtool.ExitCode, await complaints + await output);
        }
    }

    private async Task<string> Scrape()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await factory.Http.Post("/v1/endpoints/leavers/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess();
        return (await factory.Http.Get("/metrics", cancellation)).ExpectSuccess().Text;
    }
}
