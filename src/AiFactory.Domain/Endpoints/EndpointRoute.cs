using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>All a gateway needs to decide on one endpoint without asking anybody.</summary>
public sealed record EndpointRoute(
    string Endpoint,
    long Revision,
    string Salt,
    string? KeyField,
    Durability Durability,
    IReadOnlyList<VariantRoute> Variants,
    DecisionEconomy? Economy);

/// <param name="From">Start of this variant's share of the hash range [0, 1).</param>
/// <param name="To">End of the share, exclusive.</param>
/// <param name="Replicas">Workers that have the model loaded.</param>
public sealed record VariantRoute(
    string Name,
    ModelVersionKey Model,
    double From,
    double To,
    ModelSignature Signature,
    BinaryClasses? Classes,
    IReadOnlyList<WorkerKey> Replicas);

/// <summary>The versioned snapshot of a tenant's routes that every gateway holds.</summary>
public sealed record RoutingTable(long Version, IReadOnlyList<EndpointRoute> Routes);
