using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Inference;

/// <summary>From a request taken apart to a decision asked for; the same for every protocol.</summary>
internal static class InferCall
{
    /// <param name="version">The variant that the caller names, as <see cref="ServedEndpoint.Version"/> takes it; null: the assigned one.</param>
    /// <param name="rows">Takes the packed rows and the terms.</param>
    /// <exception cref="Domain.Refusals.RefusedException"><c>version-not-found</c>, or a tensor is against the model's signature.</exception>
    public static (Asked Asked, OutputChoice Outputs) Ask(
        InferEnvelope request, ReadOnlySpan<byte> body, PendingInference rows, string tenant, ServedEndpoint endpoint, string? version, long arrivedAt, TimeProvider time)
    {
        var id = request.Id ?? rows.Held?.RequestId ?? DecisionHandler.NewRequestId();

        // The requests of a sequence stay with one variant: the memory of one model is of no use to another.
        var unit = request.Key ?? request.Terms.SequenceId ?? "";
        var bucket = Assignment.Bucket(endpoint.Route.Salt, unit.Length > 0 ? unit : id);
        var assigned = endpoint.Choose(bucket);
        var variant = version is null ? assigned : endpoint.Version(version);
        request.Terms.Apply(rows, endpoint, arrivedAt, time);
        rows.Rows = TensorPacking.Pack(request, body, variant, rows.Input);

        // Whoever names the variant is not part of the experiment.
        var kind = version is null || endpoint.Variants.Length == 1 ? DecisionKind.Model : DecisionKind.Pinned;
        return (new(tenant, endpoint, variant, rows, id, unit, bucket, arrivedAt, kind, variant == assigned ? "" : assigned.Route.Name), OutputChoice.Of(request, body, variant));
    }
}
