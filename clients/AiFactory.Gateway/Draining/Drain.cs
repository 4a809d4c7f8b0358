using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Status;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Draining;

/// <summary>
/// How a gateway goes. At once it says that it is not ready, so that load balancers send nothing more. For the grace it serves what comes all the same, and
/// asks each connection to end with its answer. Then the server takes nothing more, finishes what is under way within the host's stop timeout, and only after
/// that do workers and silo stop.
/// </summary>
internal sealed class Drain(IHostApplicationLifetime lifetime, IOptions<GatewayOptions> options, TimeProvider time) : IHostedLifecycleService, IStartupFilter
{
    private static readonly Readiness Leaving = new(false, ["draining"]);

    private volatile bool _draining;

    /// <summary>Whether the gateway is going.</summary>
    public bool Draining => _draining;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => _draining ? Serve(context, inner) : inner(context));
        next(app);
    };

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // A signal is told here first; the host begins to stop a moment later.
        lifetime.ApplicationStopping.Register(() => _draining = true);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (options.Value.DrainGrace > TimeSpan.Zero)
        {
            await Task.Delay(options.Value.DrainGrace, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Task Serve(HttpContext context, RequestDelegate inner)
    {
        // HTTP/2 has no such header; there the server says so itself when it stops.
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers.Connection = "close";
                return Task.CompletedTask;
            }, context);
        }

        if (context.Request.Path.Value is not ("/health/ready" or "/v2/health/ready"))
        {
            return inner(context);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsJsonAsync(Leaving, FactoryJson.Options, context.RequestAborted);
    }
}
