using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Requests;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiFactory.Gateway.Datasets;

/// <summary>Receives a CSV file into the object store as it arrives, with its contract when one comes along.</summary>
internal sealed class DatasetUpload(IObjectStore objects, IOptions<GatewayOptions> options)
{
    private const int BoundaryCharactersMax = 200;

    /// <exception cref="RefusedException">
    /// <c>body-too-large, content-type-unsupported, multipart-malformed, file-missing, timestamp-malformed, object-store-full</c>, or what is wrong
    /// with the contract.
    /// </exception>
    public async Task<IngestDataset> Receive(HttpContext context, string fileName, string? modifiedAt)
    {
        var modified = ParseTime(modifiedAt);
        var type = context.Request.ContentType;
        if (RequestBody.IsType(type, "multipart/form-data"))
        {
            return await ReceiveParts(context, fileName, modified);
        }

        if (!RequestBody.IsType(type, "text/csv") && !RequestBody.IsType(type, "application/octet-stream"))
        {
            throw RequestBody.UnsupportedType(context, "text/csv or multipart/form-data");
        }

        return new(await Keep(RequestBody.Open(context, options.Value.IngestBytesMax), fileName, modified, context.RequestAborted), Contract: null);
    }

    private async Task<IngestDataset> ReceiveParts(HttpContext context, string fileName, DateTimeOffset? modified)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(context.Request.ContentType).Boundary).Value;
        if (boundary is not { Length: > 0 and <= BoundaryCharactersMax })
        {
            throw Malformed("The multipart body names no valid boundary.");
        }

        var reader = new MultipartReader(boundary, RequestBody.Open(context, options.Value.IngestBytesMax + options.Value.ControlBytesMax));
        SourceFile? source = null;
        DataContract? contract = null;
        try
        {
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                var disposition = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var parsed) ? parsed : null;
                switch (disposition is null ? null : HeaderUtilities.RemoveQuotes(disposition.Name).Value)
                {
                    case "file" when source is null:
                        var given = HeaderUtilities.RemoveQuotes(disposition!.FileName).Value;
                        source = await Keep(new LimitedStream(section.Body, options.Value.IngestBytesMax),
                            context.Request.Query.ContainsKey("fileName") || string.IsNullOrEmpty(given) ? fileName : given, modified, context.RequestAborted);
                        break;
                    case "contract" when contract is null:
                        contract = OdcsDocument.Parse(await ReadText(section.Body, context.RequestAborted)).OrThrow();
                        break;
                    default:
                        throw Malformed("The multipart body has a part that is neither the 'file' nor the 'contract', or has one of them twice.");
                }
            }
        }
        catch (Exception failure) when (failure is InvalidDataException || (failure is IOException && !context.RequestAborted.IsCancellationRequested))
        {
            throw Malformed(failure.Message);
        }

        return new(source ?? throw new RefusedException(new("file-missing", RefusalKind.Malformed, "The multipart body has no part 'file'.", "file", "Send the CSV as part 'file'.")), contract);
    }

    private async Task<SourceFile> Keep(Stream content, string fileName, DateTimeOffset? modified, CancellationToken cancellation)
    {
        var kept = await objects.PutContent(content, cancellation);
        return new(Path.GetFileName(fileName), kept.Sha256, kept.SizeBytes, modified);
    }

    private async Task<string> ReadText(Stream part, CancellationToken cancellation)
    {
        using var reader = new StreamReader(new LimitedStream(part, options.Value.ControlBytesMax), Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellation);
    }

    private static DateTimeOffset? ParseTime(string? text) =>
        text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.RoundtripKind, out var time) ? time
        : throw new RefusedException(new("timestamp-malformed", RefusalKind.Malformed, $"'{text}' is not a time.", "modifiedAt", "Use ISO 8601, e.g. 2026-01-31T12:00:00Z."));

    private static RefusedException Malformed(string what) =>
        new(new("multipart-malformed", RefusalKind.Malformed, what, "body", "Send multipart/form-data with the parts 'file' (CSV) and, if wanted, 'contract' (YAML or JSON)."));
}
