using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Access;

public sealed class FirstApiKeyTests
{
    private static readonly string[] KeysRequired = ["--require-api-key", "true"];

    [Fact]
    public async Task Start_KeysRequiredAndNone_LeavesOneForItsUserOnly()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var path = folder.File("api-key");
        await using var factory = await FactoryProcess.Start(folder.FullName, cancellation, KeysRequired);

        var key = (await File.ReadAllTextAsync(path, cancellation)).Trim();
        Assert.StartsWith("aif_", key, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        (await Status(factory, null, cancellation)).ExpectProblem(HttpStatusCode.Unauthorized, "api-key-missing");
        (await Status(factory, key + "x", cancellation)).ExpectProblem(HttpStatusCode.Unauthorized, "api-key-unknown");
        (await Status(factory, key, cancellation)).ExpectSuccess();
        Assert.Contains(path, factory.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, factory.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, await ReadShared(folder.File("silo.log"), cancellation), StringComparison.Ordinal);

        // The command line finds it beside the factory, and gets a further one with it.
        var further = (await FactoryCommand.Run(folder.FullName, cancellation, "tenant", "key", "create", "--data", folder.FullName, "--json")).Expect(0).Json.Text("apiKey");
        Assert.NotEqual(key, further);
        (await Status(factory, further, cancellation)).ExpectSuccess();
    }

    [Fact]
    public async Task Start_AfterACrash_KeepsTheKeyOrMakesTheLostOneAnew()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var path = folder.File("api-key");
        string key;
        await using (var first = await FactoryProcess.Start(folder.FullName, cancellation, KeysRequired))
        {
            key = (await File.ReadAllTextAsync(path, cancellation)).Trim();
            first.Kill();
        }

        await using (var second = await FactoryProcess.Start(folder.FullName, cancellation, KeysRequired))
        {
            Assert.Equal(key, (await File.ReadAllTextAsync(path, cancellation)).Trim());
            (await Status(second, key, cancellation)).ExpectSuccess();
            second.Kill();
        }

        // As a death between the making of a key and its writing leaves it: the tenant has a key, and nobody knows it.
        File.Move(path, path + ".new");
        await File.WriteAllTextAsync(path + ".new", "", cancellation);
        await using var third = await FactoryProcess.Start(folder.FullName, cancellation, KeysRequired);
        var anew = (await File.ReadAllTextAsync(path, cancellation)).Trim();
        Assert.NotEqual(key, anew);
        Assert.False(File.Exists(path + ".new"));
        (await Status(third, anew, cancellation)).ExpectSuccess();
    }

    private static async Task<Answer> Status(FactoryProcess factory, string? key, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/status");
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return await factory.Http.Send(request, cancellation);
    }

    private static async Task<string> ReadShared(string path, CancellationToken cancellation)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellation);
    }
}
