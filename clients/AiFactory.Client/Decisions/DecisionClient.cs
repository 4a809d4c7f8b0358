using System.Text.Json.Nodes;
using AiFactory.Client.Transport;
using AiFactory.Domain.Decisions;

namespace AiFactory.Client.Decisions;

/// <summary>Decisions, their outcomes and their explanations.</summary>
public sealed class DecisionClient
{
    /// <summary>Most instances one request may carry.</summary>
    public const int InstancesMax = 1000;

    private readonly FactoryTransport transport;

    internal DecisionClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Decides on one instance.</summary>
    /// <param name="instance">Feature values by column name, with the endpoint's key field; a JSON null is a missing value.</param>
    public Task<DecisionResponse> Decide(string endpoint, JsonObject instance, CancellationToken cancellation = default) =>
        Decide(endpoint, instance, new DecisionTerms(), cancellation);

    /// <summary>Decides on one instance, with a priority or a deadline of its own.</summary>
    public Task<DecisionResponse> Decide(string endpoint, JsonObject instance, DecisionTerms terms, CancellationToken cancellation = default) =>
        transport.Post<DecisionResponse>($"v1/endpoints/{Call.Escape(endpoint)}/decisions", instance, cancellation, headers: terms.Headers, keyed: terms.Once);

    /// <summary>Decides on up to <see cref="InstancesMax"/> instances in one request; the answers are in their order.</summary>
    public Task<IReadOnlyList<DecisionResponse>> DecideMany(
        string endpoint, IReadOnlyList<JsonObject> instances, CancellationToken cancellation = default) =>
        DecideMany(endpoint, instances, new DecisionTerms(), cancellation);

    /// <summary>Decides on up to <see cref="InstancesMax"/> instances in one request, with a priority or a deadline of its own.</summary>
    public async Task<IReadOnlyList<DecisionResponse>> DecideMany(
        string endpoint, IReadOnlyList<JsonObject> instances, DecisionTerms terms, CancellationToken cancellation = default)
    {
        var answer = await transport.Post<DecisionBatch>(
            $"v1/endpoints/{Call.Escape(endpoint)}/decisions", new InstanceBatch(instances), cancellation, headers: terms.Headers, keyed: terms.Once).ConfigureAwait(false);
        return answer.Decisions;
    }

    /// <summary>Sends an inference request of the Open Inference Protocol v2; the endpoint stands for the model.</summary>
    public Task<InferenceResponse> Infer(string endpoint, InferenceRequest request, CancellationToken cancellation = default) =>
        transport.Post<InferenceResponse>($"v2/models/{Call.Escape(endpoint)}/infer", request, cancellation);

    /// <summary>Reports what turned out to be true; the same report twice counts once.</summary>
    public Task<OutcomeReceipt> Report(string endpoint, IReadOnlyList<OutcomeReport> outcomes, CancellationToken cancellation = default) =>
        transport.Post<OutcomeReceipt>($"v1/endpoints/{Call.Escape(endpoint)}/outcomes", outcomes, cancellation);

    /// <summary>The whole chain behind a decision.</summary>
    public Task<DecisionExplanation> Explain(string decisionId, CancellationToken cancellation = default) =>
        transport.Get<DecisionExplanation>($"v1/decisions/{Call.Escape(decisionId)}", cancellation);

    private sealed record InstanceBatch(IReadOnlyList<JsonObject> Instances);

    private sealed record DecisionBatch(IReadOnlyList<DecisionResponse> Decisions);
}
