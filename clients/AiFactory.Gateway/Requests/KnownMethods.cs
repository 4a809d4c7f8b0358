using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace AiFactory.Gateway.Requests;

/// <summary>Which methods the routes of a path take; for requests that found none.</summary>
internal sealed class KnownMethods(IEndpointRouteBuilder routes)
{
    private readonly Lazy<(TemplateMatcher Matcher, IReadOnlyList<string> Methods)[]> _known = new(() => Find(routes));

    /// <summary>The methods, e.g. <c>GET, HEAD, POST</c>; null when no route has the path.</summary>
    public string? Of(PathString path)
    {
        var methods = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (matcher, accepted) in _known.Value)
        {
            if (matcher.TryMatch(path, []))
            {
                methods.UnionWith(accepted);
            }
        }

        if (methods.Contains(HttpMethods.Get))
        {
            methods.Add(HttpMethods.Head);
        }

        return methods.Count == 0 ? null : string.Join(", ", methods);
    }

    private static (TemplateMatcher, IReadOnlyList<string>)[] Find(IEndpointRouteBuilder routes) =>
    [
        .. from endpoint in routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
           let methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
           where methods is { Count: > 0 } && endpoint.RoutePattern is { RawText: not null, Parameters: var parameters } && !parameters.Any(parameter => parameter.IsCatchAll)
           select (new TemplateMatcher(TemplateParser.Parse(endpoint.RoutePattern.RawText!), []), methods),
    ];
}
