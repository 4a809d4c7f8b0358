using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>The product, as a user runs it: one process on a data folder and a free port.</summary>
internal sealed class FactoryProcess : IAsyncDisposable
{
    private const int LogLinesShown = 80;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private FactoryProcess(Process process, ConcurrentQueue<string> output, string dataFolder, Uri url)
    {
        _process = process;
        _output = output;
        DataFolder = dataFolder;
        Http = new(url);
    }

    public string DataFolder { get; }

    public FactoryHttp Http { get; }

    public int ProcessId => _process.Id;

    public bool Alive => !_process.HasExited;

    /// <summary>Starts a factory and comes back once it says that it is ready.</summary>
    public static async Task<FactoryProcess> Start(string dataFolder, CancellationToken cancellation, params string[] arguments)
    {
        var output = new ConcurrentQueue<string>();
        var process = Launch(dataFolder, output, arguments);
        try
        {
            var url = await Ready(process, dataFolder, cancellation);
            return new(process, output, dataFolder, url);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (!process.HasExited)
            {
                Signals.Kill(process);
            }

            throw new InvalidOperationException($"The factory did not start: {exception.Message}\n{Tail(output)}", exception);
        }
    }

    /// <summary>Starts a factory that is expected to give up, and comes back with its exit code and everything it said.</summary>
    public static async Task<(int ExitCode, string Output)> StartInVain(string dataFolder, CancellationToken cancellation, params string[] arguments)
    {
        var output = new ConcurrentQueue<string>();
        using var process = Launch(dataFolder, output, arguments);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Signals.Kill(process);
            throw;
        }

        return (process.ExitCode, string.Join('\n', output));
    }

    /// <summary>What it has printed so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>kill -9.</summary>
    public void Kill() => Signals.Kill(_process);

    /// <summary>SIGTERM, and no waiting.</summary>
    public void Terminate() => Signals.Terminate(_process);

    /// <summary>Waits until it has ended, and gives its exit code.</summary>
    public async Task<int> Ended(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: it hangs, and its connections stay open.</summary>
    public void Suspend() => Signals.Suspend(_process);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signals.Resume(_process);

    /// <summary>SIGTERM; the factory must go by itself, cleanly.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        Signals.Terminate(_process);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(deadline.Token);
        Assert.True(_process.ExitCode == 0, $"A stopped factory exits with 0, not {_process.ExitCode}.\n{Tail(_output)}");
        Assert.False(File.Exists(Path.Combine(DataFolder, "factory.json")), "A stopped factory takes its factory.json away.");
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            Signals.Kill(_process);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(Tail(_output));
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Process Launch(string dataFolder, ConcurrentQueue<string> output, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Silo, "--data", dataFolder, "--port", "0", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Keep(string? line)
        {
            if (line is not null)
            {
                output.Enqueue(line);
            }
        }
    }

    private static async Task<Uri> Ready(Process process, string dataFolder, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        return await Until.Found("factory.json and /health/ready", Probe, cancellation);

        async Task<Uri?> Probe()
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"It exited with {process.ExitCode}.");
            }

            if (Announced(Path.Combine(dataFolder, "factory.json"), process.Id) is not { } url)
            {
                return null;
            }

            try
            {
                using var answer = await client.GetAsync(new Uri(url, "/health/ready"), cancellation);
                return answer.IsSuccessStatusCode ? url : null;
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                // Not listening yet, or slow to: the machine may be doing much else.
                return null;
            }
        }
    }

    // A file that a killed factory left behind names another process.
    private static Uri? Announced(string path, int processId)
    {
        try
        {
            using var announcement = JsonDocument.Parse(File.ReadAllBytes(path));
            return announcement.RootElement.Long("pid") == processId ? new(announcement.RootElement.Text("url")) : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private static string Tail(ConcurrentQueue<string> output) => string.Join('\n', output.TakeLast(LogLinesShown));
}
