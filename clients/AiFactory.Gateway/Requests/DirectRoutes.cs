using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AiFactory.Gateway.Requests;

/// <summary>
/// Leads requests for decisions to their handlers before they come to the router, which takes a microsecond and 400 bytes for each. Only paths just as the
/// pattern has them: the router, where the same handlers are mapped, takes all other ways to write them.
/// </summary>
internal sealed class DirectRoutes : IStartupFilter
{
    private const int EndpointSegment = 2;

    private Route[] _routes = [];

    /// <param name="pattern">With the endpoint as its third segment and only parameter, e.g. <c>/v1/endpoints/{endpoint}/decisions</c>.</param>
    /// <param name="handler">Finds the endpoint's name by <see cref="EndpointOf"/>.</param>
    public void Post(string pattern, RequestDelegate handler)
    {
        var (from, to) = (pattern.IndexOf('{', StringComparison.Ordinal), pattern.IndexOf('}', StringComparison.Ordinal) + 1);
        _routes = [.. _routes, new(pattern[..from], pattern[to..], handler)];
    }

    /// <summary>The endpoint that the path of a request for a decision names: its third segment; empty when there is none.</summary>
    public static ReadOnlySpan<char> EndpointOf(HttpContext context)
    {
        var rest = context.Request.Path.Value.AsSpan();
        for (var segment = 0; segment <= EndpointSegment; segment++)
        {
            var slash = rest.IndexOf('/');
            if (slash < 0)
            {
                return default;
            }

            rest = rest[(slash + 1)..];
        }

        var end = rest.IndexOf('/');
        return end < 0 ? rest : rest[..end];
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => Find(context.Request) is { } handler ? Handle(context, handler) : inner(context));
        next(app);
    };

    // As the router does for routes without metrics of their own: decisions are counted by the product's.
    private static Task Handle(HttpContext context, RequestDelegate handler)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        return handler(context);
    }

    private RequestDelegate? Find(HttpRequest request)
    {
        if (HttpMethods.IsPost(request.Method) && request.Path.Value is { } path)
        {
            foreach (var route in _routes)
            {
                if (route.Matches(path))
                {
                    return route.Handler;
                }
            }
        }

        return null;
    }

    private sealed record Route(string Prefix, string Suffix, RequestDelegate Handler)
    {
        public bool Matches(string path) =>
            path.Length > Prefix.Length + Suffix.Length && path.StartsWith(Prefix, StringComparison.Ordinal) && path.EndsWith(Suffix, StringComparison.Ordinal)
            && !path.AsSpan(Prefix.Length, path.Length - Prefix.Length - Suffix.Length).Contains('/');
    }
}
