using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Telemetry;

/// <summary>
/// HTTP requests by OpenTelemetry's conventions, all but those that <see cref="Requests.DirectRoutes"/> took before: decisions have metrics of their own, and the
/// web server's would cost each of them 2 microseconds, even where it leaves them out.
/// </summary>
internal sealed class RequestMeter : IStartupFilter
{
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly TimeProvider _time;

    public RequestMeter(IMeterFactory factory, TimeProvider time)
    {
        _time = time;
        var meter = factory.Create(GatewayMeter.Name);
        _duration = meter.CreateHistogram<double>("http.server.request.duration", "s", "Requests but those for decisions.", null, GatewayMeter.Latency);
        _active = meter.CreateUpDownCounter<long>("http.server.active_requests", "{request}", "Requests under way but those for decisions.");
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => Measure(context, inner));
        next(app);
    };

    private async Task Measure(HttpContext context, RequestDelegate inner)
    {
        var (started, method) = (_time.GetTimestamp(), new KeyValuePair<string, object?>("http.request.method", Known(context.Request.Method)));
        _active.Add(1, method);
        try
        {
            await inner(context);
        }
        finally
        {
            _active.Add(-1, method);
            _duration.Record(_time.GetElapsedTime(started).TotalSeconds, new TagList
            {
                method,
                { "http.route", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText },
                { "http.response.status_code", context.Response.StatusCode },
            });
        }
    }

    // Names that callers made up must not become series.
    private static string Known(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsPatch(method)
            || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
            ? HttpMethods.GetCanonicalizedValue(method)
            : "_OTHER";
}
