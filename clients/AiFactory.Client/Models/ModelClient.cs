using System.Globalization;
using System.Net.Http.Headers;
using AiFactory.Client.Transport;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;

namespace AiFactory.Client.Models;

/// <summary>Models and their versions.</summary>
public sealed class ModelClient
{
    private readonly FactoryTransport transport;

    internal ModelClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Names of all models.</summary>
    public Task<IReadOnlyList<string>> List(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<string>>("v1/models", cancellation);

    /// <summary>A model with its versions, newest last.</summary>
    public Task<Model> Get(string name, CancellationToken cancellation = default) =>
        transport.Get<Model>($"v1/models/{Call.Escape(name)}", cancellation);

    /// <summary>One version of a model; null: the latest.</summary>
    public Task<ModelVersion> GetVersion(string name, int? version = null, CancellationToken cancellation = default) =>
        transport.Get<ModelVersion>(VersionPath(name, version), cancellation);

    /// <summary>Writes a version's ONNX file into <paramref name="target"/>.</summary>
    public async Task Export(string name, int? version, Stream target, CancellationToken cancellation = default)
    {
        using var response = await transport
            .Open(new Call(HttpMethod.Get, $"{VersionPath(name, version)}/artifact") { Accept = "application/octet-stream" }, cancellation)
            .ConfigureAwait(false);
        await response.Content.CopyToAsync(target, cancellation).ConfigureAwait(false);
    }

    /// <summary>Registers an ONNX file as the model's next version.</summary>
    /// <param name="openOnnx">Opens the file; called again for each attempt.</param>
    /// <param name="fileName">As it shall stand in the version's origin.</param>
    public Task<ModelVersion> Import(string name, Func<Stream> openOnnx, string fileName, CancellationToken cancellation = default) =>
        transport.Exchange<ModelVersion>(
            new Call(HttpMethod.Post, $"v1/models/{Call.Escape(name)}/versions?fileName={Call.Escape(fileName)}")
            {
                Content = () => new StreamContent(openOnnx()) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
                IdempotencyKey = FactoryTransport.NewKey(),
            },
            cancellation);

    /// <summary>Registers an ensemble as the model's next version; its members are fixed by version and digest.</summary>
    public Task<ModelVersion> Compose(string name, EnsembleSpec spec, CancellationToken cancellation = default) =>
        transport.Post<ModelVersion>($"v1/models/{Call.Escape(name)}/ensembles", spec, cancellation);

    private static string VersionPath(string name, int? version) =>
        $"v1/models/{Call.Escape(name)}/versions/{version?.ToString(CultureInfo.InvariantCulture) ?? "latest"}";
}
