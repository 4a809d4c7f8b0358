using System.Text.Json.Serialization;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>All a gateway needs to decide on one endpoint without asking anybody.</summary>
/// <param name="Serving">Null: <see cref="ServingTerms.Default"/>.</param>
/// <param name="Shadows">Null: none.</param>
/// <param name="Generation">Grows with every publication, also those that are no new revision: replicas, weights of a rollout, the kill switch.</param>
/// <param name="Suspended">Why no model of the endpoint answers at present, only its static default where it has one; null: they do.</param>
public sealed record EndpointRoute(
    string Endpoint,
    long Revision,
    string Salt,
    string? KeyField,
    Durability Durability,
    IReadOnlyList<VariantRoute> Variants,
    DecisionEconomy? Economy,
    ServingTerms? Serving = null,
    IReadOnlyList<ShadowRoute>? Shadows = null,
    long Generation = 0,
    string? Suspended = null)
{
    /// <summary>What newer routes are told by: the generation, and of routes made before there were any, the revision.</summary>
    [JsonIgnore]
    public long Order => Math.Max(Generation, Revision);
}

/// <param name="From">Start of this variant's share of the hash range [0, 1).</param>
/// <param name="To">End of the share, exclusive.</param>
/// <param name="Replicas">Workers that may serve the model, in order of preference.</param>
/// <param name="Active">How many of them, from the first on, share the load; the others stand by and are asked when those fail. 0: all.</param>
public sealed record VariantRoute(
    string Name,
    ModelVersionKey Model,
    double From,
    double To,
    ModelSignature Signature,
    BinaryClasses? Classes,
    IReadOnlyList<WorkerKey> Replicas,
    int Active = 0);

/// <param name="Variant">Its share of the hash range is empty: it answers nobody.</param>
/// <param name="Percent">Share of requests mirrored, 0.01 to 100.</param>
public sealed record ShadowRoute(VariantRoute Variant, double Percent);

/// <summary>How a tenant's routes became what they are, for whoever follows them.</summary>
/// <param name="Line">Names the line that versions count on: what is known of another one is of no use.</param>
/// <param name="Version">Of the routes once these changes are made.</param>
/// <param name="Whole">Whether <see cref="Routes"/> are all there are; else they are new, or come in place of others.</param>
/// <param name="Gone">Endpoints that have no route any more.</param>
public sealed record RouteChanges(string Line, long Version, bool Whole, IReadOnlyList<EndpointRoute> Routes, IReadOnlyList<string> Gone);
