using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AiFactory.Gateway.Models;

/// <param name="Path">Its file name, a path within the model's folder.</param>
/// <param name="Content">To be read before the next part is asked for.</param>
internal readonly record struct ImportPart(string Path, bool IsWarmup, Stream Content);

/// <summary>Reads an import's multipart form part by part, without holding any of it.</summary>
internal static class ImportForm
{
    public const string ContentType = "multipart/form-data";
    private const int BoundaryLengthMax = 200;

    /// <exception cref="RefusedException"><c>form-malformed</c>, <c>body-too-large</c>.</exception>
    public static async IAsyncEnumerable<ImportPart> Read(HttpContext context, long bytesMax)
    {
        var boundary = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) ? HeaderUtilities.RemoveQuotes(type.Boundary).Value : null;
        if (boundary is not { Length: > 0 and <= BoundaryLengthMax })
        {
            throw Malformed("The content type names no boundary.");
        }

        var reader = new MultipartReader(boundary, RequestBody.Open(context, bytesMax));
        while (await Next(reader, context.RequestAborted) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
            {
                throw Malformed("A part has no Content-Disposition.");
            }

            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value;
            var file = disposition.FileNameStar.HasValue ? disposition.FileNameStar.Value : HeaderUtilities.RemoveQuotes(disposition.FileName).Value;
            yield return name switch
            {
                "warmup" => new("", true, section.Body),
                "file" when file is { Length: > 0 } => new(file, false, section.Body),
                _ => throw Malformed($"The part '{name}' is neither 'file' with a file name nor 'warmup'."),
            };
        }
    }

    private static async Task<MultipartSection?> Next(MultipartReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellation);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException)
        {
            throw Malformed(failure.Message);
        }
    }

    private static RefusedException Malformed(string what) => new(new("form-malformed", RefusalKind.Malformed, $"The form cannot be read: {what}", "body",
        "Send multipart/form-data with a part 'file' for each file, its file name being the path within the model's folder."));
}
