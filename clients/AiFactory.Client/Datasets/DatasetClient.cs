using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using AiFactory.Client.Transport;
using AiFactory.Domain.Datasets;

namespace AiFactory.Client.Datasets;

/// <summary>Datasets, their versions and their ingestions.</summary>
public sealed class DatasetClient
{
    /// <summary>How often <see cref="WaitForIngestion"/> asks, by default.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly FactoryTransport transport;
    private readonly TimeProvider time;

    internal DatasetClient(FactoryTransport transport, TimeProvider time)
    {
        this.transport = transport;
        this.time = time;
    }

    /// <summary>Names of all datasets.</summary>
    public Task<IReadOnlyList<string>> List(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<string>>("v1/datasets", cancellation);

    /// <summary>A dataset with its contract, versions and ingestions.</summary>
    public Task<Dataset> Get(string name, CancellationToken cancellation = default) =>
        transport.Get<Dataset>($"v1/datasets/{Call.Escape(name)}", cancellation);

    /// <summary>One version of a dataset; null: the latest.</summary>
    public Task<DatasetVersion> GetVersion(string name, int? version = null, CancellationToken cancellation = default) =>
        transport.Get<DatasetVersion>(VersionPath(name, version), cancellation);

    /// <summary>Faults of the rows that were kept out of a version, in row order.</summary>
    /// <param name="offset">Faults to skip.</param>
    /// <param name="limit">Faults to give at most.</param>
    public Task<IReadOnlyList<QuarantinedRow>> Quarantine(
        string name, int? version = null, long offset = 0, int limit = 100, CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<QuarantinedRow>>(
            string.Create(CultureInfo.InvariantCulture, $"{VersionPath(name, version)}/quarantine?offset={offset}&limit={limit}"), cancellation);

    /// <summary>The contract that a CSV file would satisfy.</summary>
    /// <param name="openCsv">Opens the file; called again for each attempt.</param>
    /// <param name="name">Name the contract gets.</param>
    public Task<DataContract> Infer(Func<Stream> openCsv, string name, CancellationToken cancellation = default) =>
        transport.Exchange<DataContract>(InferCall(openCsv, name, "application/json"), cancellation);

    /// <summary>The same as Open Data Contract Standard YAML text.</summary>
    public async Task<string> InferYaml(Func<Stream> openCsv, string name, CancellationToken cancellation = default)
    {
        using var response = await transport.Open(InferCall(openCsv, name, "application/yaml"), cancellation).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Uploads a CSV file as a stream and starts its ingestion; gives back the ingestion, most likely still running.</summary>
    public Task<Ingestion> Ingest(string name, DatasetUpload upload, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(upload);
        var path = $"v1/datasets/{Call.Escape(name)}/ingestions?fileName={Call.Escape(upload.FileName)}";
        if (upload.ModifiedAt is { } modified)
        {
            path += $"&modifiedAt={Call.Escape(modified.ToString("O", CultureInfo.InvariantCulture))}";
        }

        return transport.Exchange<Ingestion>(
            new Call(HttpMethod.Post, path)
            {
                Content = () => upload.ContractText is null ? Csv(upload.OpenCsv) : WithContract(upload),
                IdempotencyKey = upload.IdempotencyKey ?? FactoryTransport.NewKey(),
            },
            cancellation);
    }

    /// <summary>An ingestion as it stands.</summary>
    public Task<Ingestion> GetIngestion(string name, string ingestionId, CancellationToken cancellation = default) =>
        transport.Get<Ingestion>($"v1/datasets/{Call.Escape(name)}/ingestions/{Call.Escape(ingestionId)}", cancellation);

    /// <summary>Asks until the ingestion is published or refused, and gives it back as it then stands.</summary>
    /// <param name="progress">Told each time it is asked.</param>
    /// <param name="every">Time between questions; null: <see cref="PollInterval"/>.</param>
    public async Task<Ingestion> WaitForIngestion(
        string name, string ingestionId, IProgress<Ingestion>? progress = null, TimeSpan? every = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            var ingestion = await GetIngestion(name, ingestionId, cancellation).ConfigureAwait(false);
            progress?.Report(ingestion);
            if (ingestion.Status != IngestionStatus.Running)
            {
                return ingestion;
            }

            await Task.Delay(every ?? PollInterval, time, cancellation).ConfigureAwait(false);
        }
    }

    private static string VersionPath(string name, int? version) =>
        $"v1/datasets/{Call.Escape(name)}/versions/{version?.ToString(CultureInfo.InvariantCulture) ?? "latest"}";

    private static Call InferCall(Func<Stream> openCsv, string name, string accept) =>
        new(HttpMethod.Post, $"v1/datasets/infer?name={Call.Escape(name)}") { Content = () => Csv(openCsv), Accept = accept };

    private static StreamContent Csv(Func<Stream> open) =>
        new(open()) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };

    private static MultipartFormDataContent WithContract(DatasetUpload upload) =>
        new()
        {
            { new StringContent(upload.ContractText!, Encoding.UTF8, "application/yaml"), "contract", "contract.yaml" },
            { Csv(upload.OpenCsv), "file", upload.FileName },
        };
}
