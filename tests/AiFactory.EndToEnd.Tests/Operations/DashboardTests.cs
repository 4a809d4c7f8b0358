using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Operations;

/// <summary>What deploy/observability asks of a factory, a factory has.</summary>
[Collection(SharedFactoryGroup.Name)]
public sealed partial class DashboardTests(SharedFactory factory)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "observability");

    [Theory]
    [InlineData("serving.json")]
    [InlineData("rules.yml")]
    public async Task Metrics_NamedByDashboardOrRules_AreOnThePage(string file)
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await factory.Http.Post("/v1/endpoints/leavers/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess();
        (await factory.Http.PostText("/v1/endpoints/leavers/decisions", "{", cancellation)).ExpectProblem(System.Net.HttpStatusCode.BadRequest);
        await DeployCached("leavers-again", cancellation);

        var asked = Name().Matches(await File.ReadAllTextAsync(Path.Combine(Folder, file), cancellation)).Select(match => match.Value).Distinct().ToArray();

        Assert.True(asked.Length > 5);

        // The page is made anew only every so often.
        await Until.True($"a page with {string.Join(", ", asked)}", async () =>
        {
            var page = (await factory.Http.Get("/metrics", cancellation)).ExpectSuccess().Text;
            var there = page.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOfAny(['{', ' '])]).ToHashSet();
            return asked.All(there.Contains);
        }, cancellation);
    }

    [Fact]
    public async Task Metrics_OfACache_CountHitsMissesAndBytesOfItsEndpoint()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await DeployCached("leavers-counted", cancellation);
        for (var i = 0; i < 3; i++)
        {
            (await factory.Http.Post("/v1/endpoints/leavers-counted/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess();
        }

        var page = await Until.Found("a page with all three requests", async () =>
        {
            var text = (await factory.Http.Get("/metrics", cancellation)).ExpectSuccess().Text;
            return Cached(text, "hits_total") + Cached(text, "misses_total") >= 3 ? text : null;
        }, cancellation);

        Assert.Equal((2, 1), (Cached(page, "hits_total"), Cached(page, "misses_total")));
        Assert.True(Cached(page, "memory_bytes") > 0);
    }

    [Fact]
    public async Task Metrics_ErrorOfAnEndpoint_NamesItAndNoOther()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await factory.Http.PostText("/v1/endpoints/leavers/decisions", "{", cancellation)).ExpectProblem(System.Net.HttpStatusCode.BadRequest);
        (await factory.Http.PostText("/v1/endpoints/made-up-by-a-caller/decisions", "{}", cancellation)).ExpectProblem(System.Net.HttpStatusCode.NotFound);

        // A page asked for just before may be given again.
        var errors = await Until.Found("a page with the error", async () =>
        {
            var page = (await factory.Http.Get("/metrics", cancellation)).ExpectSuccess().Text.Split('\n').Where(line => line.StartsWith("aifactory_gateway_errors_total{", StringComparison.Ordinal)).ToArray();
            return Array.Exists(page, line => line.Contains("error_type=\"json-malformed\"", StringComparison.Ordinal) && line.Contains("endpoint=\"leavers\"", StringComparison.Ordinal)) ? page : null;
        }, cancellation);

        Assert.DoesNotContain(errors, line => line.Contains("made-up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_JudgedByPromtool_AreValid()
    {
        var start = new ProcessStartInfo("promtool", ["check", "config", Path.Combine(Folder, "prometheus.yml")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var promtool = Process.Start(start)!;
            var cancellation = TestContext.Current.CancellationToken;
            var output = promtool.StandardOutput.ReadToEndAsync(cancellation);
            var error = promtool.StandardError.ReadToEndAsync(cancellation);
            await promtool.WaitForExitAsync(cancellation);
            Assert.True(promtool.ExitCode == 0, await output + await error);
        }
        catch (Win32Exception)
        {
            Assert.Skip("promtool is not installed (package prometheus).");
        }
    }

    private async Task DeployCached(string endpoint, CancellationToken cancellation) => await factory.Http.Deploy(
        endpoint, new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers", 1, 100) }, keyField = "customer_id", serving = new { cache = new { secondsMax = 600 } } }, cancellation);

    private static double Cached(string page, string figure) => page.Split('\n')
        .Where(line => line.StartsWith($"aifactory_cache_{figure}{{", StringComparison.Ordinal) && line.Contains("endpoint=\"leavers-counted\"", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));

    // Recording rules have a colon in their names, and are not the factory's own.
    [GeneratedRegex(@"\baifactory_[a-z0-9_]+")]
    private static partial Regex Name();
}
