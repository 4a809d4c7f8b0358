using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace AiFactory.Console;

/// <summary>The web console: static pages that speak to the public HTTP API of the host that serves them.</summary>
public static class ConsoleEndpoints
{
    private const string StartPage = "index.html";

    // Everything the pages need is their own; nothing is fetched from elsewhere and nothing is inline.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Maps the console under <c>/console/</c> and gives back its group, so that the host can secure it.</summary>
    public static RouteGroupBuilder MapConsole(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var assets = ConsoleAssets.Load();
        var group = endpoints.MapGroup("/console").ExcludeFromDescription();
        group.MapGet("/{**path}", (HttpContext context, string? path) => Serve(context, assets, path));
        return group;
    }

    private static IResult Serve(HttpContext context, ConsoleAssets assets, string? path)
    {
        var request = context.Request;
        if (string.IsNullOrEmpty(path) && request.Path.Value?.EndsWith('/') != true)
        {
            // The pages name their parts relative to /console/.
            return Results.LocalRedirect($"{request.PathBase}{request.Path}/{request.QueryString}");
        }

        if (assets.Find(string.IsNullOrEmpty(path) ? StartPage : path) is not { } asset)
        {
            return Results.NotFound();
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Digest}\""));
    }
}
