using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using AiFactory.Client.Transport;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

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
    /// <param name="sequence">Inputs that take what an output gave for the request before, as <see cref="SequenceRules.Parse"/> reads them; null: none.</param>
    /// <param name="padding">How rows of different sizes may be made alike to run together, which must not change an answer; null: they never are.</param>
    public Task<ModelVersion> Import(string name, Func<Stream> openOnnx, string fileName, string? sequence = null, RowPadding? padding = null, CancellationToken cancellation = default) =>
        transport.Exchange<ModelVersion>(
            new Call(HttpMethod.Post, $"v1/models/{Call.Escape(name)}/versions?fileName={Call.Escape(fileName)}{Terms(sequence, padding, '&')}")
            {
                Content = () => new StreamContent(openOnnx()) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
                IdempotencyKey = FactoryTransport.NewKey(),
            },
            cancellation);

    /// <summary>Registers an ensemble as the model's next version; its members are fixed by version and digest.</summary>
    public Task<ModelVersion> Compose(string name, EnsembleSpec spec, CancellationToken cancellation = default) =>
        transport.Post<ModelVersion>($"v1/models/{Call.Escape(name)}/ensembles", spec, cancellation);

    /// <summary>Registers a model with the files beside it, or several versions at once from folders <c>1/</c>, <c>2/</c>.</summary>
    /// <param name="files">ONNX files first: of the others only those that they name are kept.</param>
    /// <param name="source">As it shall stand in the versions' origin; null: the files' own paths.</param>
    /// <param name="warmup">A sample request in the Open Inference Protocol's JSON to warm up on; null: zeros.</param>
    /// <param name="sequence">As for <see cref="Import"/>.</param>
    /// <param name="padding">As for <see cref="Import"/>.</param>
    public Task<IReadOnlyList<ModelVersion>> ImportFiles(
        string name, IReadOnlyList<ModelFile> files, string? source = null, byte[]? warmup = null, string? sequence = null, RowPadding? padding = null, CancellationToken cancellation = default) =>
        transport.Exchange<IReadOnlyList<ModelVersion>>(
            new Call(HttpMethod.Post, $"v1/models/{Call.Escape(name)}/imports{(source is null ? Terms(sequence, padding, '?') : $"?fileName={Call.Escape(source)}{Terms(sequence, padding, '&')}")}")
            {
                Content = () => Form(files, warmup),
                IdempotencyKey = FactoryTransport.NewKey(),
            },
            cancellation);

    /// <summary>Registers what lies in the factory's object store, below the tenant's folder of imports.</summary>
    /// <param name="objectPath">A file, a model's folder, or a folder of versions.</param>
    /// <param name="warmup">As for <see cref="ImportFiles"/>.</param>
    public Task<IReadOnlyList<ModelVersion>> ImportStored(string name, string objectPath, byte[]? warmup = null, string? sequence = null, RowPadding? padding = null, CancellationToken cancellation = default) =>
        transport.Post<IReadOnlyList<ModelVersion>>(
            $"v1/models/{Call.Escape(name)}/imports{Terms(sequence, padding, '?')}",
            new { objectPath, warmup = warmup is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(warmup) },
            cancellation);

    /// <summary>Writes one file of a version that has several into <paramref name="target"/>.</summary>
    public async Task ExportFile(string name, int? version, string path, Stream target, CancellationToken cancellation = default)
    {
        var escaped = string.Join('/', path.Split('/').Select(Call.Escape));
        using var response = await transport
            .Open(new Call(HttpMethod.Get, $"{VersionPath(name, version)}/files/{escaped}") { Accept = "application/octet-stream" }, cancellation)
            .ConfigureAwait(false);
        await response.Content.CopyToAsync(target, cancellation).ConfigureAwait(false);
    }

    /// <summary>Brings a version into memory, where it stays until it is unloaded.</summary>
    /// <param name="version">Null: the latest.</param>
    /// <param name="worker">Null: all workers.</param>
    /// <returns>The models of each worker that loaded it.</returns>
    public Task<IReadOnlyList<WorkerModels>> Load(string name, int? version = null, string? worker = null, CancellationToken cancellation = default) =>
        transport.Post<IReadOnlyList<WorkerModels>>($"{VersionPath(name, version)}/load{Worker(worker)}", null, cancellation);

    /// <summary>Takes a version out of memory; the next request for it loads it again.</summary>
    /// <param name="version">Null: the latest.</param>
    /// <param name="worker">Null: all workers.</param>
    /// <returns>The models that each worker still has.</returns>
    public Task<IReadOnlyList<WorkerModels>> Unload(string name, int? version = null, string? worker = null, CancellationToken cancellation = default) =>
        transport.Post<IReadOnlyList<WorkerModels>>($"{VersionPath(name, version)}/unload{Worker(worker)}", null, cancellation);

    /// <summary>The models in each worker's memory.</summary>
    public Task<IReadOnlyList<WorkerModels>> Loaded(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<WorkerModels>>("v1/workers/models", cancellation);

    private static string Worker(string? worker) => worker is null ? "" : $"?worker={Call.Escape(worker)}";

    private static MultipartFormDataContent Form(IReadOnlyList<ModelFile> files, byte[]? warmup)
    {
        var form = new MultipartFormDataContent();
        foreach (var file in files)
        {
            form.Add(new StreamContent(file.Open()), "file", file.Path);
        }

        if (warmup is not null)
        {
            form.Add(new ByteArrayContent(warmup), "warmup");
        }

        return form;
    }

    private static string VersionPath(string name, int? version) =>
        $"v1/models/{Call.Escape(name)}/versions/{version?.ToString(CultureInfo.InvariantCulture) ?? "latest"}";

    // As the query of an import; the joint begins it or goes on with it.
    private static string Terms(string? sequence, RowPadding? padding, char joint)
    {
        var terms = new List<string>();
        if (sequence is not null)
        {
            terms.Add($"sequence={Call.Escape(sequence)}");
        }

        if (padding is not null)
        {
            terms.Add($"pad={Call.Escape(PaddingRules.Text(padding with { Sizes = null }))}");
            terms.AddRange(padding.Sizes is { } sizes ? [$"bucket={string.Join(',', sizes)}"] : []);
        }

        return terms.Count == 0 ? "" : $"{joint}{string.Join('&', terms)}";
    }
}

/// <summary>A file of a model to import.</summary>
/// <param name="Path">Within the model's folder, segments separated by '/'; within a folder of versions it begins with the version's number.</param>
/// <param name="Open">Opens the file; called again for each attempt.</param>
public sealed record ModelFile(string Path, Func<Stream> Open);
