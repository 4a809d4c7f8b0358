using System.Diagnostics;
using System.Globalization;

namespace AiFactory.Testing;

/// <summary>An S3 server of others, where it is installed (see <c>.ci/run</c>); it ends with whoever started it.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "factory";
    public const string Key = "S3RVER";

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private S3Server(Process process, DirectoryInfo folder, int port) =>
        (_process, _folder, Endpoint) = (process, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));

    public Uri Endpoint { get; }

    /// <summary>Where it keeps its files.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Starts one, or skips the test where there is none.</summary>
    /// <param name="conditional">Whether it has conditional writes.</param>
    public static async Task<S3Server> StartOrSkip(bool conditional = true)
    {
        var tests = TestsFolder(AppContext.BaseDirectory);
        Assert.SkipUnless(Directory.Exists(Path.Combine(tests, "node_modules", "s3rver")), "No S3 server: npm install --no-save --prefix tests s3rver@3.7.1");
        var folder = Directory.CreateTempSubdirectory("aifactory-s3-");
        var start = new ProcessStartInfo("node", [Path.Combine(tests, "clients", "s3", "server.js"), folder.FullName, Bucket]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["S3_UNCONDITIONAL"] = conditional ? "" : "1";
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new(process, folder, int.Parse(line!, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string TestsFolder(string folder) =>
        Directory.Exists(Path.Combine(folder, "clients", "s3")) ? folder : TestsFolder(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("tests/clients/s3"));
}
