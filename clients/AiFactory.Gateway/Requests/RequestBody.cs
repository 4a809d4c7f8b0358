using System.Buffers;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AiFactory.Gateway.Requests;

/// <summary>Reads request bodies within their limits.</summary>
internal static class RequestBody
{
    /// <summary>The whole body, held by the request's BodyReader: call AdvanceTo with its end when done.</summary>
    /// <exception cref="RefusedException"><c>body-too-large</c>.</exception>
    public static async ValueTask<ReadOnlySequence<byte>> ReadWhole(HttpContext context, long bytesMax)
    {
        Limit(context, bytesMax);
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length > bytesMax)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(bytesMax);
            }

            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>The body as a stream that refuses to give more than the limit.</summary>
    /// <exception cref="RefusedException"><c>body-too-large</c>: already the stated length is over the limit.</exception>
    public static Stream Open(HttpContext context, long bytesMax)
    {
        Limit(context, bytesMax);
        return new LimitedStream(context.Request.Body, bytesMax);
    }

    /// <exception cref="RefusedException"><c>content-type-unsupported</c>.</exception>
    public static void RequireJson(HttpContext context)
    {
        if (!IsType(context.Request.ContentType, "application/json"))
        {
            throw UnsupportedType(context, "application/json");
        }
    }

    public static bool IsType(string? contentType, string wanted) =>
        contentType is not null && contentType.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == wanted.Length || contentType[wanted.Length] is ';' or ' ');

    public static RefusedException UnsupportedType(HttpContext context, string wanted) =>
        new(new(Failures.UnsupportedContentType, RefusalKind.Malformed, $"The content type '{context.Request.ContentType}' is not taken here.", "Content-Type",
            $"Send Content-Type: {wanted}."));

    public static RefusedException TooLarge(long bytesMax) =>
        new(new("body-too-large", RefusalKind.TooLarge, $"The body is larger than the limit of {bytesMax} bytes.", "body", "Send less at once, or raise the limit in the gateway's options."));

    private static void Limit(HttpContext context, long bytesMax)
    {
        if (context.Request.ContentLength > bytesMax)
        {
            throw TooLarge(bytesMax);
        }

        // The limit is ours to enforce; the server's own, lower one must not cut in before it.
        if (bytesMax > ServerLimit && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = null;
        }
    }

    // Kestrel's default.
    private const long ServerLimit = 30_000_000;
}
