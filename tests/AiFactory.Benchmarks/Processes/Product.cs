using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace AiFactory.Benchmarks.Processes;

/// <summary>A running factory with one imported model deployed, spoken to with an API key.</summary>
internal sealed class Product : IDisposable
{
    public const string Endpoint = "bench";
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private readonly HttpClient _client;

    private Product(Process process, Uri url, string dataFolder)
    {
        Process = process;
        Url = url;
        DataFolder = dataFolder;
        _client = new() { BaseAddress = url };
    }

    public Process Process { get; }

    public Uri Url { get; }

    public string DataFolder { get; }

    public string ApiKey { get; private set; } = "";

    public Uri InferUrl => InferUrlOf(Endpoint);

    public static Task<Product> Start(string dataFolder, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        var port = FreePort.Find();
        return Started(Executables.StartFactory(dataFolder, port, environment), port, dataFolder, cancellation);
    }

    /// <summary>A factory that was just started, once it is ready; ended with what is returned here.</summary>
    /// <param name="apiKey">One that it knows already.</param>
    public static async Task<Product> Started(Process process, int port, string dataFolder, CancellationToken cancellation, string apiKey = "")
    {
        var product = new Product(process, new($"http://127.0.0.1:{port}"), dataFolder) { ApiKey = apiKey };
        try
        {
            await product.Ready(cancellation);
            return product;
        }
        catch
        {
            product.Dispose();
            throw;
        }
    }

    public Uri InferUrlOf(string endpoint) => new(Url, $"/v2/models/{endpoint}/infer");

    /// <summary>Managed memory that the server has allocated since it started.</summary>
    public async Task<double> AllocatedBytes(CancellationToken cancellation)
    {
        var page = await _client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellation);
        return page.Split('\n').Where(line => line.StartsWith("dotnet_gc_heap_total_allocated_bytes_total", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).FirstOrDefault(double.NaN);
    }

    /// <summary>Sum of a counter over all of its series on the metrics page.</summary>
    public async Task<double> Metric(string name, CancellationToken cancellation)
    {
        var page = await _client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellation);
        return page.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ')
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Calls a route that only reads.</summary>
    public async Task<JsonElement> Get(string path, CancellationToken cancellation) =>
        JsonSerializer.Deserialize<JsonElement>(await Checked(await _client.GetAsync(new Uri(path, UriKind.Relative), cancellation), cancellation));

    /// <summary>How many workers are up.</summary>
    public async Task<int> Workers(CancellationToken cancellation)
    {
        using var status = JsonDocument.Parse(await _client.GetStringAsync(new Uri("/v1/status", UriKind.Relative), cancellation));
        return status.RootElement.GetProperty("workers").GetArrayLength();
    }

    /// <summary>Imports a model, deploys it as the only variant of an endpoint with its name, and gets an API key.</summary>
    public async Task Deploy(string onnxFile, CancellationToken cancellation, string endpoint = Endpoint)
    {
        await Import(endpoint, await File.ReadAllBytesAsync(onnxFile, cancellation), cancellation);
        await DeployOnly(endpoint, cancellation);
        await CreateApiKey(cancellation);
    }

    /// <summary>Imports a model's first version.</summary>
    /// <returns>The version as JSON.</returns>
    public async Task<string> Import(string model, byte[] onnx, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(onnx);
        content.Headers.ContentType = new("application/octet-stream");
        return await Checked(await _client.PostAsync(new Uri($"/v1/models/{model}/versions?fileName=mlp.onnx", UriKind.Relative), content, cancellation), cancellation);
    }

    /// <summary>Deploys an endpoint of a model's name, with its first version as the only variant.</summary>
    public Task DeployOnly(string model, CancellationToken cancellation) => DeployAs(model, new { variants = new[] { Variant("only", model, 100) } }, cancellation);

    /// <summary>Deploys an endpoint as a specification in the product's own JSON says.</summary>
    public async Task DeployAs(string endpoint, object spec, CancellationToken cancellation)
    {
        using var deployment = Json(spec);
        await Checked(await _client.PutAsync(new Uri($"/v1/endpoints/{endpoint}", UriKind.Relative), deployment, cancellation), cancellation);
    }

    /// <summary>A variant of an endpoint's specification, with a model's first version.</summary>
    public static object Variant(string name, string model, int weight) => new { name, model = new { tenant = "default", model, version = 1 }, weight };

    /// <summary>Calls a route that takes nothing.</summary>
    public async Task<string> Post(string path, CancellationToken cancellation) =>
        await Checked(await _client.PostAsync(new Uri(path, UriKind.Relative), null, cancellation), cancellation);

    public async Task CreateApiKey(CancellationToken cancellation)
    {
        using var nothing = Json(new { });
        var key = await Checked(await _client.PostAsync(new Uri("/v1/tenant/api-keys", UriKind.Relative), nothing, cancellation), cancellation);
        ApiKey = JsonSerializer.Deserialize<JsonElement>(key).GetProperty("apiKey").GetString()!;
    }

    /// <summary>Memory of models on the fullest device, as a share of its budget.</summary>
    public async Task<double> MemoryShare(CancellationToken cancellation)
    {
        var workers = await Checked(await _client.GetAsync(new Uri("/v1/workers/models", UriKind.Relative), cancellation), cancellation);
        return JsonSerializer.Deserialize<JsonElement>(workers).EnumerateArray()
            .Max(worker => worker.GetProperty("memoryBytes").GetDouble() / worker.GetProperty("memoryBytesMax").GetDouble());
    }

    public void Dispose()
    {
        _client.Dispose();
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static StringContent Json(object body) => new(JsonSerializer.Serialize(body), MediaTypeHeaderValue.Parse("application/json"));

    private static async Task<string> Checked(HttpResponseMessage response, CancellationToken cancellation)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? text
                : throw new InvalidOperationException($"{response.RequestMessage!.RequestUri} answered {(int)response.StatusCode}: {text}");
        }
    }

    private async Task Ready(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (watch.Elapsed < StartMax && !Process.HasExited)
        {
            try
            {
                using var answer = await _client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await timer.WaitForNextTickAsync(cancellation);
        }

        throw new TimeoutException(Process.HasExited
            ? $"The factory exited with {Process.ExitCode} instead of becoming ready."
            : $"The factory was not ready within {StartMax.TotalSeconds} s.");
    }
}
