using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>A factory of its own with one dense network in service, and what can be seen of it from outside.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly string _folder;
    private readonly HttpClient _client;

    private ServedModel(string folder, Product product, Mlp model)
    {
        (_folder, Product, Expected) = (folder, product, model.Answer());
        _client = new() { BaseAddress = product.Url };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", product.ApiKey);
        Request = RequestTo(Product.Endpoint);
    }

    public Product Product { get; }

    public double[] Expected { get; }

    public RawRequest Request { get; }

    public double ResidentMb => File.ReadLines($"/proc/{Product.Process.Id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is var fields
        ? double.Parse(fields[^2], CultureInfo.InvariantCulture) / 1024
        : double.NaN;

    public static async Task<ServedModel> Start(string dimensions, object serving, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        var folder = Directory.CreateTempSubdirectory("aifactory-serving-").FullName;
        var model = Mlp.Parse(dimensions);
        model.WriteTo(Path.Combine(folder, "model"));
        var product = await Product.Start(Path.Combine(folder, "factory"), cancellation, environment);
        try
        {
            await product.Deploy(Path.Combine(folder, "model", "mlp.onnx"), cancellation);
            await product.DeployAs(Product.Endpoint, new { variants = new[] { Product.Variant("only", Product.Endpoint, 100) }, serving }, cancellation);
            return new(folder, product, model);
        }
        catch
        {
            product.Dispose();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>The request, to another endpoint of the same model.</summary>
    public RawRequest RequestTo(string endpoint) => new(Product.InferUrlOf(endpoint), File.ReadAllBytes(Path.Combine(_folder, "model", "body-v2.json")), Product.ApiKey);

    /// <inheritdoc cref="Product.Metric"/>
    public Task<double> Metric(string name, CancellationToken cancellation) => Product.Metric(name, cancellation);

    /// <summary>Rows that all workers have computed so far.</summary>
    public async Task<long> RowsComputed(CancellationToken cancellation)
    {
        var status = await _client.GetFromJsonAsync<JsonElement>(new Uri("/v1/status", UriKind.Relative), cancellation);
        return status.GetProperty("workers").EnumerateArray().Sum(worker => worker.GetProperty("rows").GetInt64());
    }

    public void Dispose()
    {
        _client.Dispose();
        Product.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
