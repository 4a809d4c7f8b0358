using AiFactory.EndToEnd.Tests.Line;
using AiFactory.EndToEnd.Tests.Support;
using AiFactory.Testing;

namespace AiFactory.EndToEnd.Tests.Objects;

/// <summary>A factory whose objects and shipped log lie in a bucket, kept by an S3 server of others.</summary>
public sealed class BucketTests
{
    [Fact]
    public async Task WholeLine_OnABucketAndLogLost_KeepsEverything()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await S3Server.StartOrSkip();
        using var folder = new TemporaryFolder();
        var line = new Line.Line();
        string lastId;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation, Options(server)))
        {
            await line.Ingest(factory.Http, cancellation);
            await line.Train(factory.Http, cancellation);
            await Line.Line.Deploy(factory.Http, cancellation);
            await line.Decide(factory.Http, cancellation);
            await line.ReportOutcomes(factory.Http, cancellation);
            await line.CompareExperiment(factory.Http, line.Decisions.Count + 1, cancellation);
            await line.Explain(factory.Http, cancellation);
            lastId = (await factory.Http.Post("/v1/endpoints/leavers/decisions", line.Holdout[1].Fields, cancellation)).ExpectSuccess().Json.Text("decisionId");
            await Shipped(factory.Http, lastId, cancellation);
            var doctor = (await factory.Http.Get("/v1/doctor", cancellation)).ExpectSuccess();
            Assert.Contains(doctor.Json.EnumerateArray(), finding => finding.Text("component") == "log-shipping" && finding.Flag("healthy"));
            factory.Kill();
        }

        // The disk of the log, of what is computed from it, and of the copies of objects is lost.
        Directory.Delete(Path.Combine(folder.FullName, "log"), recursive: true);
        Directory.Delete(Path.Combine(folder.FullName, "objects"), recursive: true);
        foreach (var file in Directory.GetFiles(Path.Combine(folder.FullName, "state")).Where(file => Path.GetFileName(file) is { } name && (name.StartsWith("ledger", StringComparison.Ordinal) || name.StartsWith("experiments", StringComparison.Ordinal))))
        {
            File.Delete(file);
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation, Options(server)))
        {
            await line.CompareExperiment(factory.Http, line.Decisions.Count + 2, cancellation);
            await line.Explain(factory.Http, cancellation);
            await LineTests.AssertAccounts(factory.Http, line.Decisions.Count + 2, cancellation);
            var next = (await factory.Http.Post("/v1/endpoints/leavers/decisions", line.Holdout[1].Fields, cancellation)).ExpectSuccess().Json.Text("decisionId");
            Assert.True(string.CompareOrdinal(next, lastId) > 0, $"{next} was given after {lastId}.");
            await Shipped(factory.Http, next, cancellation);
            (await factory.Http.Get($"/v1/decisions/{next}", cancellation)).ExpectSuccess();
            Assert.Contains("was shipped up to", factory.Output + await File.ReadAllTextAsync(Path.Combine(folder.FullName, "silo.log"), cancellation), StringComparison.Ordinal);
            await factory.Stop(cancellation);
        }
    }

    [Fact]
    public async Task Start_BucketThatIsNotThere_IsRefusedByName()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await S3Server.StartOrSkip();
        using var folder = new TemporaryFolder();

        var (exitCode, output) = await FactoryProcess.StartInVain(folder.FullName, cancellation, [.. Options(server), "--objects", "s3://nobodys"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("There is no bucket 'nobodys'", output, StringComparison.Ordinal);
    }

    private static string[] Options(S3Server server) =>
    [
        "--objects", $"s3://{S3Server.Bucket}/line", "--s3-endpoint", server.Endpoint.ToString(), $"--AiFactory:S3:AccessKey={S3Server.Key}", $"--AiFactory:S3:SecretKey={S3Server.Key}",
    ];

    /// <summary>Waits until a decision's record is in the object store.</summary>
    private static Task Shipped(FactoryHttp http, string decision, CancellationToken cancellation)
    {
        var address = long.Parse(decision[(decision.LastIndexOf('-') + 1)..], System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
        return Until.True($"{decision} shipped", async () =>
            (await http.Get("/v1/logs", cancellation)).ExpectSuccess().Json.EnumerateArray().Single().Long("shippedTo") > address, cancellation);
    }
}
