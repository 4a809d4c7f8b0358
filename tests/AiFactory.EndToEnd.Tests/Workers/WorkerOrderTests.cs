using System.Text.Json;
using AiFactory.EndToEnd.Tests.Models;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Workers;

/// <summary>Workers ordered about while a factory serves, and a device claimed over the death of its process.</summary>
public sealed class WorkerOrderTests
{
    private const string Sample = """{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""";

    private static readonly string[] Devices =
    [
        "--AiFactory:Devices:0:Name=cpu-0", "--AiFactory:Devices:0:Tier=spot",
        "--AiFactory:Devices:1:Name=shared-0", "--AiFactory:Devices:1:Identity=rack-7/board-1",
    ];

    [Fact]
    public async Task Orders_WhileServing_MoveTheLoadAndTheBillAddsUp()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation, Devices))
        {
            var shared = await Standing(factory, "shared-0", "ready", cancellation);
            Assert.Equal((1, "rack-7/board-1", 0.05m), (shared.Long("claimToken"), shared.Member("device").Text("identity"), shared.Member("usdPerHour").GetDecimal()));
            Assert.Equal(("spot", 0.02m), (await Standing(factory, "cpu-0", "ready", cancellation)) is var slot ? (slot.Member("device").Text("tier"), slot.Member("usdPerHour").GetDecimal()) : default);
            await Serve(factory, "m", cancellation);

            var drained = await Command(folder, cancellation, "worker", "drain", "silo-1/cpu-0");
            Assert.Equal("draining", drained.Json.EnumerateObject().Single(member => member.Name == "standing").Value.GetString());
            await Infer(factory, 20, cancellation);
            await Command(folder, cancellation, "worker", "remove", "silo-1/shared-0");
            await Standing(factory, "shared-0", "removed", cancellation);
            await Until.True("the removed worker is closed", async () => (await factory.Http.PostText("/v2/models/m/infer", Sample, cancellation)).Status == System.Net.HttpStatusCode.ServiceUnavailable, cancellation);

            await Command(folder, cancellation, "worker", "resume", "silo-1/cpu-0");
            await Until.True("the worker let in again answers", async () => (await factory.Http.PostText("/v2/models/m/infer", Sample, cancellation)).Status == System.Net.HttpStatusCode.OK, cancellation);
            Assert.Equal(1, (await Command(folder, cancellation, "cost", "prices")).Json.EnumerateArray().Single().Long("version"));
            await factory.Http.Reconciled(21, cancellation);
            factory.Kill();
        }

        // What an operator ordered stands, and the device is the silo's again as soon as it may be.
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation, Devices))
        {
            await Standing(factory, "shared-0", "removed", cancellation);
            await Command(folder, cancellation, "worker", "resume", "silo-1/shared-0");
            Assert.Equal(2, (await Standing(factory, "shared-0", "ready", cancellation)).Long("claimToken"));
            await Infer(factory, 5, cancellation);
            await factory.Http.Reconciled(26, cancellation);
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation, Devices))
        {
            Assert.Equal(3, (await Standing(factory, "shared-0", "ready", cancellation)).Long("claimToken"));
            await Infer(factory, 5, cancellation);
            await factory.Http.Reconciled(31, cancellation);
            await factory.Stop(cancellation);
        }
    }

    private static async Task Serve(FactoryProcess factory, string name, CancellationToken cancellation)
    {
        var model = LinearOnnx.Graph([1, 2, 3, 4, 5, 6], external: null);
        (await factory.Http.PostBytes($"/v1/models/{name}/versions?fileName=model.onnx", model, "application/octet-stream", cancellation)).Expect(System.Net.HttpStatusCode.Created);
        await factory.Http.Deploy(name, new { variants = new[] { FactoryVerbs.VariantOf("a", name, 1, 100) } }, cancellation);
    }

    private static async Task Infer(FactoryProcess factory, int times, CancellationToken cancellation)
    {
        for (var i = 0; i < times; i++)
        {
            (await factory.Http.PostText("/v2/models/m/infer", Sample, cancellation)).ExpectSuccess();
        }
    }

    private static async Task<JsonElement> Standing(FactoryProcess factory, string device, string standing, CancellationToken cancellation)
    {
        var last = "";
        var found = await Until.Found($"{device} is {standing}", async () =>
        {
            var answer = (await factory.Http.Get("/v1/workers", cancellation)).ExpectSuccess();
            last = answer.Text;
            return answer.Json.EnumerateArray().Any(worker => worker.Member("key").Text("device") == device && worker.Text("standing") == standing) ? answer : null;
        }, cancellation);
        return found.Json.EnumerateArray().Single(worker => worker.Member("key").Text("device") == device);
    }

    private static async Task<CommandResult> Command(TemporaryFolder folder, CancellationToken cancellation, params string[] arguments) =>
        (await FactoryCommand.Run(folder.FullName, cancellation, [.. arguments, "--json", "--data", folder.FullName])).Expect(0);
}
