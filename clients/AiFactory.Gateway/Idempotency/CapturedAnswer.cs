using AiFactory.Domain.Idempotency;
using AiFactory.Gateway.Inference;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace AiFactory.Gateway.Idempotency;

/// <summary>Holds an answer back until it is kept.</summary>
internal static class CapturedAnswer
{
    private static readonly string[] ContentHeaders = [HeaderNames.ContentType, HeaderNames.Location, InferJson.LengthHeader];

    /// <summary>What the handler answers; nothing of it is sent.</summary>
    public static async Task<KeptAnswer> Of(HttpContext context, Func<Task> handler)
    {
        var own = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var body = new MemoryStream();
        var held = new StreamResponseBodyFeature(body, own);
        context.Features.Set<IHttpResponseBodyFeature>(held);
        try
        {
            await handler();
            await held.Writer.FlushAsync();
        }
        finally
        {
            context.Features.Set(own);
        }

        var headers = ContentHeaders.Where(context.Response.Headers.ContainsKey).ToDictionary(name => name, name => context.Response.Headers[name].ToString());
        return new(context.Response.StatusCode, headers, body.ToArray());
    }

    public static async Task Send(HttpContext context, KeptAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.ContentLength = answer.Body.Length;
        await context.Response.BodyWriter.WriteAsync(answer.Body);
    }
}
