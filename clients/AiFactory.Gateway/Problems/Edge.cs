using System.Diagnostics;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Problems;

/// <summary>A handler of requests of a known tenant.</summary>
internal delegate Task TenantHandler(HttpContext context, string tenant);

/// <summary>As <see cref="TenantHandler"/>, for handlers that are asked so often that they reuse what they await.</summary>
/// <param name="held">The call where it has an idempotency key; null: it has none.</param>
/// <returns>A refusal to answer with; null: the handler has answered.</returns>
internal delegate ValueTask<Refused?> DecisionMethod(HttpContext context, string tenant, HeldCall? held);

/// <summary>What stands around every handler: who calls, and how failures are answered.</summary>
internal sealed partial class Edge(
    ApiKeyDirectory keys, TenantLimiter limiter, RefusalTally tally, RoutingSnapshots routing, KeyedCalls keyed, Failover failover, GatewayMeter meter,
    ILogger<Edge> logger)
{
    /// <summary>Key under which <see cref="HttpContext.Items"/> holds the tenant for handlers that are not <see cref="TenantHandler"/>s.</summary>
    public static readonly object TenantItem = new();

    public RequestDelegate Guard(TenantHandler handler, ErrorWriter errors) => async context =>
    {
        try
        {
            var tenant = keys.Authenticate(context.Request.Headers) ?? await keys.AuthenticateAnew(context.Request.Headers);
            await handler(context, tenant);
        }
        catch (Exception failure)
        {
            await Answer(context, failure, errors);
        }
    };

    /// <summary>
    /// For control calls: one with an idempotency key has one effect. Where a silo fails under it the call is tried again when that is safe: it only reads, or it
    /// has a key.
    /// </summary>
    public RequestDelegate GuardControl(RequestDelegate handler) => Guard(
        (context, tenant) =>
        {
            context.Items[TenantItem] = tenant;
            if (HttpMethods.IsGet(context.Request.Method))
            {
                return failover.Run(
                    async () =>
                    {
                        await handler(context);
                        return true;
                    },
                    context.RequestAborted,
                    () => !context.Response.HasStarted);
            }

            return context.Request.Headers.ContainsKey(KeyedCalls.Header) ? keyed.Control(context, tenant, handler) : handler(context);
        },
        ProblemWriter.WriteProblem);

    /// <summary>For decisions, which the tenant's limits hold for.</summary>
    public RequestDelegate Guard(DecisionMethod handler, ErrorWriter errors) => async context =>
    {
        try
        {
            var tenant = keys.Authenticate(context.Request.Headers) ?? await keys.AuthenticateAnew(context.Request.Headers);
            var refused = limiter.Find(tenant) is { } gate ? await Pass(gate, handler, context, tenant) : await Decide(handler, context, tenant);
            if (refused is not null)
            {
                await Refuse(context, refused, errors);
            }
        }
        catch (Exception failure)
        {
            await Answer(context, failure, errors);
        }
    };

    /// <summary>For routes that anybody may call.</summary>
    public RequestDelegate GuardOpen(RequestDelegate handler, ErrorWriter errors) => async context =>
    {
        try
        {
            await handler(context);
        }
        catch (Exception failure)
        {
            await Answer(context, failure, errors);
        }
    };

    /// <summary>The caller's tenant, for what is not a <see cref="TenantHandler"/>.</summary>
    /// <exception cref="RefusedException"><c>api-key-missing, api-key-unknown</c>.</exception>
    public async ValueTask<string> Admit(HttpContext context) =>
        keys.Authenticate(context.Request.Headers) ?? await keys.AuthenticateAnew(context.Request.Headers);

    /// <summary>What a failure means to the caller; counted, and logged where it is the factory's.</summary>
    public (Refusal Refusal, string TraceId) Refuse(HttpContext context, Exception failure)
    {
        var traceId = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
        var refusal = Failures.ToRefusal(failure, traceId);
        meter.Error(refusal, EndpointOf(context, refusal));
        if (refusal.Kind == RefusalKind.Fault)
        {
            LogFault(logger, failure, context.Request.Method, context.Request.Path, traceId);
        }
        else if (refusal.Kind == RefusalKind.Unavailable)
        {
            LogUnavailable(logger, context.Request.Method, context.Request.Path, failure.Message);
        }

        return (refusal, traceId);
    }

    // Only what is deployed: the path may hold anything. A request over gRPC names its endpoint in its body, and so does what refuses it for want of workers.
    private string EndpointOf(HttpContext context, Refusal? refusal = null)
    {
        var name = context.GetEndpoint() is null ? DirectRoutes.EndpointOf(context).ToString()
            : context.Request.RouteValues.TryGetValue("endpoint", out var value) ? value as string
            : refusal?.Kind is RefusalKind.Unavailable or RefusalKind.Timeout ? refusal.Where
            : null;
        return name is not null && routing.Deploys(name) ? name : "";
    }

    private async ValueTask<Refused?> Pass(TenantGate gate, DecisionMethod handler, HttpContext context, string tenant)
    {
        if (gate.Enter() is { } refused)
        {
            return refused;
        }

        try
        {
            return await Decide(handler, context, tenant);
        }
        finally
        {
            gate.Leave();
        }
    }

    private ValueTask<Refused?> Decide(DecisionMethod handler, HttpContext context, string tenant) =>
        context.Request.Headers.ContainsKey(KeyedCalls.Header) ? keyed.Decide(context, tenant, handler) : handler(context, tenant, held: null);

    private ValueTask Refuse(HttpContext context, Refused refused, ErrorWriter errors)
    {
        if (refused.Why is not { } why)
        {
            return new(Answer(context, refused.Failure!, errors));
        }

        tally.Count(why, EndpointOf(context));
        return why.Write(context, errors == ProblemWriter.WriteInferenceError, refused.RetryAfterSeconds);
    }

    private async Task Answer(HttpContext context, Exception failure, ErrorWriter errors)
    {
        if (context.RequestAborted.IsCancellationRequested && failure is OperationCanceledException or IOException)
        {
            meter.ClientGone(EndpointOf(context));
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }

            return;
        }

        var (refusal, traceId) = Refuse(context, failure);
        if (context.Response.HasStarted)
        {
            // Part of an answer is out; cutting the connection is the only way left to say that it is not whole.
            context.Abort();
            return;
        }

        await errors(context, refusal, traceId);
    }
}
