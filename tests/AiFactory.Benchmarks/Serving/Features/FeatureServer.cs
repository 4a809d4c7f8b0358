using System.Globalization;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>A process that serves one model by endpoints that differ in variants and cache, with the same requests for all.</summary>
internal sealed class FeatureServer : IDisposable
{
    /// <summary>Ways to ask it; those with a capital have a key.</summary>
    public const string Full = "Full", FullWithoutKey = "full", OneVariant = "One", NoCache = "Bare", NothingOn = "none";

    /// <summary>File with a request a line.</summary>
    public const string Requests = "requests.jsonl";

    private const string Model = "mlp";
    private const double HitsMax = 0.01;
    private readonly Product _product;
    private readonly Load _load;
    private readonly Dictionary<string, Competitor> _ways;

    private FeatureServer(Product product, string folder)
    {
        (_product, _load) = (product, new Load(product.DataFolder));
        _ways = new()
        {
            [Full] = Way("full", $"Bearer {product.ApiKey}"),
            [FullWithoutKey] = Way("full", ""),
            [OneVariant] = Way("onev", $"Bearer {product.ApiKey}"),
            [NoCache] = Way("twov", $"Bearer {product.ApiKey}"),
            [NothingOn] = Way("bare", ""),
        };

        Competitor Way(string endpoint, string key) => new(endpoint, product.InferUrlOf(endpoint), Path.Combine(folder, Requests), key, product.Process, Borrowed: true);
    }

    /// <param name="folder">Holds model and requests.</param>
    public static async Task<FeatureServer> Start(string folder, string name, CancellationToken cancellation)
    {
        var (port, data) = (FreePort.Find(), Path.Combine(folder, name));
        var product = await Product.Started(Executables.StartHost("serve-features", port.ToString(CultureInfo.InvariantCulture), data), port, data, cancellation);
        try
        {
            await product.Import(Model, await File.ReadAllBytesAsync(Path.Combine(folder, "mlp.onnx"), cancellation), cancellation);
            await product.CreateApiKey(cancellation);
            object[] one = [Product.Variant("a", Model, 100)], two = [Product.Variant("a", Model, 50), Product.Variant("b", Model, 50)];

            // Room for fewer answers than there are requests: every one is looked for, missed and kept.
            var caching = new { cache = new { secondsMax = 60, bytesMax = 128 << 10 } };
            foreach (var (endpoint, variants, serving) in new (string, object[], object)[] { ("full", two, caching), ("onev", one, caching), ("twov", two, new { }), ("bare", one, new { }) })
            {
                await product.DeployAs(endpoint, new { variants, serving }, cancellation);
            }

            return new(product, folder);
        }
        catch
        {
            product.Dispose();
            throw;
        }
    }

    /// <summary>Asks until its code is compiled, each way.</summary>
    public async Task Warm(double[] expected, int connections, int seconds, CancellationToken cancellation)
    {
        foreach (var way in _ways.Values)
        {
            await _load.Run(way, connections, Math.Max(1, seconds / _ways.Count), cancellation);
        }

        await Check(expected, cancellation);
    }

    /// <summary>A stretch of requests.</summary>
    /// <returns>Processor time of a request, in us.</returns>
    public async Task<double> Round(FeatureSide side, int connections, int seconds, CancellationToken cancellation)
    {
        await _product.Post(side.State.Query, cancellation);
        var before = ProcessMeter.CpuSeconds(_product.Process);
        var result = await _load.Run(_ways[side.Way], connections, seconds, cancellation);
        await _product.Post("/settled", cancellation);
        return result.Errors == 0
            ? (ProcessMeter.CpuSeconds(_product.Process) - before) * 1e6 / (result.PerSecond * seconds)
            : throw new InvalidOperationException($"{result.Errors} requests failed.");
    }

    /// <summary>That answers are right, and that no request found its answer in the cache.</summary>
    /// <exception cref="InvalidOperationException">One is not so.</exception>
    public async Task Check(double[] expected, CancellationToken cancellation)
    {
        foreach (var way in _ways.Values)
        {
            if (await way.Check(expected, cancellation) is { } fault)
            {
                throw new InvalidOperationException($"{way.Name}: {fault}");
            }
        }

        var (hits, misses) = (await Count("/cache-hits"), await Count("/cache-misses"));
        if (misses == 0 || hits > HitsMax * misses)
        {
            throw new InvalidOperationException($"{hits} requests were answered from the cache, beside {misses} that were not.");
        }

        async Task<double> Count(string path) => double.Parse(await _product.Post(path, cancellation), CultureInfo.InvariantCulture);
    }

    public void Dispose() => _product.Dispose();
}
