using System.Text.Json;
using AiFactory.Domain.Idempotency;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AiFactory.Gateway.Problems;

/// <summary>Body of every error outside <c>/v2</c>: RFC 9457, with the refusal's own members beside.</summary>
/// <param name="Code">Stable; branch on it.</param>
/// <param name="Where">The thing, field, line or row it is about.</param>
/// <param name="Mend">What to do about it.</param>
internal sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? Where, string? Mend, string? TraceId);

/// <summary>How an error is written.</summary>
internal delegate Task ErrorWriter(HttpContext context, Refusal refusal, string traceId);

internal static class ProblemWriter
{
    public static Task WriteProblem(HttpContext context, Refusal refusal, string traceId)
    {
        var status = Begin(context, refusal);
        var problem = new Problem("about:blank", ReasonPhrases.GetReasonPhrase(status), status, refusal.What, refusal.Code, refusal.Where, refusal.Mend,
            status >= StatusCodes.Status500InternalServerError ? traceId : null);
        return Write(context, JsonSerializer.SerializeToUtf8Bytes(problem, FactoryJson.Options), "application/problem+json");
    }

    /// <summary>As the Open Inference Protocol wants it.</summary>
    public static Task WriteInferenceError(HttpContext context, Refusal refusal, string traceId)
    {
        Begin(context, refusal);
        var text = refusal.Kind == RefusalKind.Fault ? $"{refusal} (trace {traceId})" : refusal.ToString();
        return Write(context, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error"] = text }, FactoryJson.Options), "application/json");
    }

    private static int Begin(HttpContext context, Refusal refusal)
    {
        var status = Failures.Status(refusal);
        context.Response.Clear();
        context.Response.StatusCode = status;
        if (refusal.Kind is RefusalKind.Unavailable or RefusalKind.Throttled || refusal.Code == KeyedCallRules.UnderWay)
        {
            context.Response.Headers.RetryAfter = "1";
        }
        else if (refusal.Code == Failures.MethodNotAllowed)
        {
            context.Response.Headers.Allow = (string)context.Items[Failures.AllowItem]!;
        }
        else if (refusal.Kind == RefusalKind.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return status;
    }

    private static async Task Write(HttpContext context, byte[] body, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body);
    }
}
