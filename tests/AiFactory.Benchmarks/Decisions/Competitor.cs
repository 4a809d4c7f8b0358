using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>A server that answers the same request with the same model.</summary>
/// <param name="BodyFile">One request, or one a line (<c>.jsonl</c>), which are sent in turn.</param>
/// <param name="Process">The server; ended with the competitor unless it is borrowed.</param>
/// <param name="Header">One more header line of the request; empty: none.</param>
internal sealed record Competitor(string Name, Uri Url, string BodyFile, string Authorization, Process Process, bool Borrowed = false, string Header = "") : IDisposable
{
    private const double Tolerance = 1e-4;
    private const string Lines = ".jsonl";
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    public bool Echo => Name.EndsWith("echo", StringComparison.Ordinal);

    public bool Several => BodyFile.EndsWith(Lines, StringComparison.Ordinal);

    public static Competitor Bare(string mode, string modelFolder)
    {
        var port = FreePort.Find();
        var process = Executables.StartSelf("serve-peer", mode, $"{port}", Path.Combine(modelFolder, "mlp.onnx"));
        return new($"aspnet_{mode}", new($"http://127.0.0.1:{port}/predict"), Path.Combine(modelFolder, "body.json"), "", process);
    }

    /// <summary>Servers of others that are installed and lie in a folder: FastAPI with torch, Node with onnxruntime.</summary>
    public static IEnumerable<Competitor> Others(string folder, string modelFolder)
    {
        const string openBlas = "/usr/lib/x86_64-linux-gnu/openblas-pthread";
        var environment = new Dictionary<string, string>
        {
            ["MODEL_DIR"] = modelFolder,
            ["OMP_NUM_THREADS"] = "1",
            ["OPENBLAS_NUM_THREADS"] = "1",
            ["LD_LIBRARY_PATH"] = openBlas,
        };
        if (File.Exists(Path.Combine(folder, "srv_fastapi_torch.py")))
        {
            var port = FreePort.Find();
            string[] arguments = ["-m", "uvicorn", "srv_fastapi_torch:app", "--host", "127.0.0.1", "--port", $"{port}", "--no-access-log",
                "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"];
            yield return Of("fastapi_torch", port, Executables.Quietly("/usr/bin/python3", arguments, environment, folder));
        }

        if (File.Exists(Path.Combine(folder, "srv_node.mjs")) && Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var port = FreePort.Find();
            yield return Of("node_ort", port, Executables.Quietly("node", [Path.Combine(folder, "srv_node.mjs"), $"{port}"], environment, folder));
        }

        Competitor Of(string name, int port, Process process) => new(name, new($"http://127.0.0.1:{port}/predict"), Path.Combine(modelFolder, "body.json"), "", process);
    }

    /// <summary>Waits until it answers, and holds the answer against the expected one.</summary>
    /// <returns>Null when right, else what is wrong.</returns>
    public async Task<string?> Check(double[] expected, CancellationToken cancellation)
    {
        using var client = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, Url);
                request.Content = new StringContent(FirstBody(), Encoding.UTF8, "application/json");
                if (Authorization.Length > 0)
                {
                    request.Headers.Add("Authorization", Authorization);
                }

                using var response = await client.SendAsync(request, cancellation);
                var text = await response.Content.ReadAsStringAsync(cancellation);
                return response.IsSuccessStatusCode ? Compare(text, expected) : $"{(int)response.StatusCode} {text}";
            }
            catch (HttpRequestException exception) when (watch.Elapsed > StartMax || Process.HasExited)
            {
                return exception.Message;
            }
            catch (HttpRequestException)
            {
                await timer.WaitForNextTickAsync(cancellation);
            }
        }
    }

    public void Dispose()
    {
        if (Borrowed)
        {
            return;
        }

        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private string FirstBody() => Several ? File.ReadLines(BodyFile).First() : File.ReadAllText(BodyFile);

    private string? Compare(string text, double[] expected)
    {
        var numbers = Numbers(JsonSerializer.Deserialize<JsonElement>(text)).ToArray();
        return Echo || Array.TrueForAll(expected, value => numbers.Any(number => Math.Abs(number - value) < Tolerance)) ? null : $"wrong answer {text}";
    }

    private static IEnumerable<double> Numbers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => [element.GetDouble()],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Numbers),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Numbers(member.Value)),
        _ => [],
    };
}
