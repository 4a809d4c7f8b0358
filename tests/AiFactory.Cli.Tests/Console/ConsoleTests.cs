using System.Net;
using System.Text.RegularExpressions;
using AiFactory.Console;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;

namespace AiFactory.Cli.Tests.Console;

public sealed partial class ConsoleTests
{
    [Fact]
    public async Task Console_EveryPartItsPagesName_IsServed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var app = await Start();
        using var http = app.GetTestClient();
        var pending = new Queue<Uri>([new Uri(http.BaseAddress!, "console/")]);
        var seen = new HashSet<Uri>(pending);
        while (pending.TryDequeue(out var address))
        {
            using var response = await http.GetAsync(address, cancellation);
            Assert.Equal((address, HttpStatusCode.OK), (address, response.StatusCode));
            var text = await response.Content.ReadAsStringAsync(cancellation);
            foreach (Match match in PartName().Matches(text))
            {
                var part = new Uri(address, match.Groups[1].Value);
                if (seen.Add(part))
                {
                    pending.Enqueue(part);
                }
            }
        }

        Assert.True(seen.Count > 10, "The pages name their script, its parts, the style and the mark.");
    }

    [Fact]
    public async Task Console_WithoutSlash_LeadsToItsFolder()
    {
        await using var app = await Start();
        using var http = app.GetTestClient();
        using var response = await http.GetAsync("/console", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Redirect, "/console/"), (response.StatusCode, response.Headers.Location?.ToString()));
    }

    [Theory]
    [InlineData("/console/nothing.js")]
    [InlineData("/console/../AiFactory.Console.csproj")]
    public async Task Console_NoSuchPart_IsNotFound(string path)
    {
        await using var app = await Start();
        using var http = app.GetTestClient();
        using var response = await http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static async Task<WebApplication> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapConsole();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    [GeneratedRegex("""(?:src=|href=|from )["']((?!#|https?:|\.\.\/(?:dashboard|metrics|openapi|v1))[\w./-]+\.(?:js|css|svg))["']""")]
    private static partial Regex PartName();
}
