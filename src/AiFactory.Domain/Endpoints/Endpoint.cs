using System.Text.Json.Serialization;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Endpoints;

/// <summary>Grain key of an endpoint: <c>tenant/name</c>.</summary>
public readonly record struct EndpointKey(string Tenant, string Endpoint)
{
    public string ToGrainKey() => $"{Tenant}/{Endpoint}";

    public static EndpointKey FromGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new(key[..slash], key[(slash + 1)..]);
    }
}

/// <summary>One of the alternatives an endpoint decides with.</summary>
/// <param name="Weight">Share of units in percent; the weights of an endpoint sum to 100.</param>
public sealed record VariantSpec(string Name, ModelVersionKey Model, double Weight);

/// <summary>When a decision counts as kept: see the decision log.</summary>
public enum Durability
{
    /// <summary>In the kernel's page cache before the reply: survives the death of the process.</summary>
    PageCache,

    /// <summary>On the disk before the reply: survives loss of power too.</summary>
    Fsync,
}

/// <summary>What a user deploys.</summary>
/// <param name="KeyField">Request field that names the unit of assignment; the same unit always gets the same variant.</param>
/// <param name="Economy">What right and wrong decisions are worth; null: value is not reported.</param>
/// <param name="Serving">Null: <see cref="ServingTerms.Default"/>.</param>
/// <param name="Shadows">Models that see requests and answer none; null or empty: none.</param>
public sealed record EndpointSpec(
    IReadOnlyList<VariantSpec> Variants,
    string? KeyField = null,
    DecisionEconomy? Economy = null,
    Durability Durability = Durability.PageCache,
    ServingTerms? Serving = null,
    IReadOnlyList<ShadowSpec>? Shadows = null);

/// <summary>What stops an endpoint.</summary>
/// <param name="Reason">Callers are told it.</param>
public sealed record StopEndpoint(string Reason);

/// <summary>An endpoint as it stands.</summary>
/// <param name="Revision">Grows by one with every deploy and undeploy; decisions carry it.</param>
/// <param name="Salt">Seed of the assignment hash; fixed for the life of the endpoint so that units keep their variant.</param>
/// <param name="Spec">As deployed, but for weights that were shifted since.</param>
/// <param name="Generation">Grows with every change that gateways are told of, new revision or not; never below the revision.</param>
/// <param name="Suspended">Why no model of it answers at present, only its static default where it has one; null: they do. Stands until it is lifted, also over deploys.</param>
/// <param name="Shifted">Whether weights were shifted within this revision, so that its decisions did not come by one split.</param>
/// <param name="Active">Replicas that share each variant's load at present, as the endpoint is told; null where it answers nothing. Not kept with it.</param>
public sealed record Endpoint(
    string Name,
    long Revision,
    string Salt,
    EndpointSpec Spec,
    bool Deployed,
    DateTimeOffset DeployedAt,
    long Generation = 0,
    string? Suspended = null,
    bool Shifted = false,
    IReadOnlyDictionary<string, int>? Active = null)
{
    /// <summary>What newer states are told by: the generation, and of endpoints kept before there were any, the revision.</summary>
    [JsonIgnore]
    public long Order => Math.Max(Generation, Revision);
}
