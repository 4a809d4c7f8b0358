using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiFactory.Hosting.Options;

/// <summary>Where options come from: the command line over the environment over <c>appsettings.json</c>.</summary>
public static class FactoryConfiguration
{
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--data"] = $"{FactoryOptions.Section}:Data",
        ["--port"] = $"{FactoryOptions.Section}:Port",
        ["--bind"] = $"{FactoryOptions.Section}:Bind",
        ["--grpc-port"] = $"{FactoryOptions.Section}:GrpcPort",
        ["--require-api-key"] = $"{FactoryOptions.Section}:RequireApiKey",
        ["--silo-name"] = $"{FactoryOptions.Section}:SiloName",
        ["--cpu-slots"] = $"{FactoryOptions.Section}:CpuSlots",
        ["--devices"] = $"{FactoryOptions.Section}:DeviceSource",
        ["--device-tier"] = $"{FactoryOptions.Section}:DeviceTier",
        ["--dashboard"] = $"{FactoryOptions.Section}:Dashboard",
        ["--otlp-endpoint"] = $"{FactoryOptions.Section}:OtlpEndpoint",
        ["--roles"] = $"{FactoryOptions.Section}:Roles",
        ["--objects"] = $"{FactoryOptions.Section}:Objects",
        ["--ship-log"] = $"{FactoryOptions.Section}:ShipLog",
        ["--s3-endpoint"] = $"{FactoryOptions.Section}:S3:Endpoint",
        ["--cluster-id"] = $"{FactoryOptions.Section}:Cluster:Id",
        ["--cluster-database"] = $"{FactoryOptions.Section}:Cluster:Database",
        ["--cluster-address"] = $"{FactoryOptions.Section}:Cluster:Address",
        ["--silo-port"] = $"{FactoryOptions.Section}:Cluster:SiloPort",
        ["--gateway-port"] = $"{FactoryOptions.Section}:Cluster:GatewayPort",
        ["--silo-listen-port"] = $"{FactoryOptions.Section}:Cluster:SiloListenPort",
        ["--gateway-listen-port"] = $"{FactoryOptions.Section}:Cluster:GatewayListenPort",
        ["--cluster-client"] = $"{FactoryOptions.Section}:Cluster:Client",
    };

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="OptionsValidationException">Names every option that cannot be, and the fix.</exception>
    public static FactoryOptions ReadFactoryOptions(this IConfigurationManager configuration, string[] args)
    {
        configuration.AddCommandLine(args, Switches);
        FactoryOptions options;
        try
        {
            options = configuration.GetSection(FactoryOptions.Section).Get<FactoryOptions>() ?? new FactoryOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(FactoryOptions.Section, typeof(FactoryOptions), [$"{exception.Message} Give a value of the right form."]);
        }

        var result = new FactoryOptionsValidator().Validate(null, options);
        return result.Failed ? throw new OptionsValidationException(FactoryOptions.Section, typeof(FactoryOptions), result.Failures) : options;
    }
}
