using System.Diagnostics;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Inference;

/// <summary>A gRPC client of another toolchain, made from nothing but the server's reflection, is the judge.</summary>
[Collection(SharedFactoryGroup.Name)]
public sealed class GrpcClientTests(SharedFactory factory)
{
    // Debian's own, which has its python3-grpcio; another python3 on the path has not.
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Python_ByReflection_CallsEveryMethod()
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (!File.Exists(Python) || (await Run(["-c", "import grpc"], cancellation)).Status != 0)
        {
            Assert.Skip("python3-grpcio is not installed.");
        }

        using var announced = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(factory.Process.DataFolder, "factory.json"), cancellation));
        var target = new Uri(announced.RootElement.Text("grpcUrl")).Authority;
        var fields = JsonSerializer.SerializeToElement(factory.Customer.Fields);
        var metadata = (await factory.Http.Get("/v2/models/leavers", cancellation)).ExpectSuccess().Json;
        var row = metadata.Items("inputs").ToDictionary(tensor => tensor.Text("name"), tensor => fields.Member(tensor.Text("name")));

        var (status, output) = await Run([Path.Combine(Repository.Root, "tests/clients/python/inference_judge.py"), target, "leavers", JsonSerializer.Serialize(row)], cancellation);

        Assert.True(status == 0, output);
        foreach (var held in new[] { "reflection", "health", "repository", "raw inference", "typed inference", "stream", "unknown model", "bad tensor", "bad key" })
        {
            Assert.Contains($"ok {held}", output.Split('\n').Select(line => line.Trim()));
        }

        var decision = output.Split('\n').Single(line => line.StartsWith("decision ", StringComparison.Ordinal))["decision ".Length..].Trim();
        var chain = (await factory.Http.Get($"/v1/decisions/{decision}", cancellation)).ExpectSuccess().Json;
        Assert.Equal(("r2", "judge"), (chain.Text("requestId"), chain.Text("unit")));
    }

    private static async Task<(int Status, string Output)> Run(string[] arguments, CancellationToken cancellation)
    {
        using var python = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = python.StandardOutput.ReadToEndAsync(cancellation);
        var errors = python.StandardError.ReadToEndAsync(cancellation);
        await python.WaitForExitAsync(cancellation);
        return (python.ExitCode, await output + await errors);
    }
}
