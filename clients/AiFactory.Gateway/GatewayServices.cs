using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Datasets;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Documentation;
using AiFactory.Gateway.Draining;
using AiFactory.Gateway.Grpc;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Logs;
using AiFactory.Gateway.Models;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Status;
using AiFactory.Gateway.Telemetry;
using AiFactory.Gateway.Traffic;
using AiFactory.Gateway.Workers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway;

/// <summary>Registers the gateway.</summary>
public static class GatewayServices
{
    /// <summary>
    /// Adds all that <see cref="GatewayEndpoints.MapGateway"/> needs. Expects an <c>IGrainFactory</c>, an <c>IDecisionLog</c>, an <c>IObjectStore</c>
    /// and <c>IDatasetTables</c> to be registered. Again is no effect but for the options.
    /// </summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, Action<GatewayOptions>? configure = null)
    {
        services.AddOptions<GatewayOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(RoutingSnapshots)))
        {
            return services;
        }

        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<GatewayMeter>();
        services.AddHostedService<RouteGauges>();
        services.AddSingleton<TenantLimiter>();
        services.AddSingleton<RefusalTally>();
        services.AddSingleton<ApiKeyDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyDirectory>());
        services.AddSingleton<RoutingSnapshots>();
        services.AddHostedService(provider => provider.GetRequiredService<RoutingSnapshots>());
        services.AddHostedService<TrafficReporter>();
        services.AddSingleton(new PowerOfTwoChoices(Random.Shared.Next));
        services.AddSingleton<Failover>();
        services.AddSingleton<KeyedCalls>();
        services.AddSingleton<Edge>();
        services.AddSingleton<ProtectionMeter>();
        services.AddSingleton<ShadowMeter>();
        services.AddSingleton<ShadowMirror>();
        services.AddSingleton<VariantCall>();
        services.AddSingleton<GivenAnswers>();
        services.AddSingleton<FallbackChain>();
        services.AddSingleton<DecisionLine>();
        services.AddSingleton<DecisionHandler>();
        services.AddSingleton<InferHandler>();
        services.AddSingleton<LogDirectory>();
        services.AddSingleton<ShippedDecisions>();
        services.AddSingleton<OutcomeIntake>();
        services.AddSingleton<DatasetUpload>();
        services.AddSingleton<ContractInference>();
        services.AddSingleton<ModelComposition>();
        services.AddSingleton<ModelImport>();
        services.AddSingleton<ModelResidency>();
        services.AddSingleton<ModelRepository>();
        services.AddSingleton<LogInspection>();
        services.AddSingleton<FactoryInspection>();
        services.AddSingleton<ClusterInspection>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<IStartupFilter>(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<IStartupFilter, HeadRequests>();
        services.AddSingleton<DirectRoutes>();
        services.AddSingleton<IStartupFilter>(provider => provider.GetRequiredService<DirectRoutes>());
        services.AddSingleton<IStartupFilter, RequestMeter>();
        services.AddRouting();
        services.ConfigureHttpJsonOptions(json => FactoryJson.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddGatewayDocumentation();
        services.AddGatewayGrpc();
        return services;
    }
}
