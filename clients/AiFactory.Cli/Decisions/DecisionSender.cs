using System.Text.Json.Nodes;
using AiFactory.Client;
using AiFactory.Client.Decisions;
using AiFactory.Domain.Decisions;

namespace AiFactory.Cli.Decisions;

/// <summary>Sends instances over several connections at once and times each request.</summary>
internal sealed class DecisionSender(FactoryClient client, string endpoint, TimeProvider time, DecisionTerms? terms = null)
{
    private readonly DecisionTerms _terms = terms ?? new();

    /// <summary>The answers in the order of the instances, and each request's latency in milliseconds.</summary>
    internal sealed record Answers(IReadOnlyList<DecisionResponse> Decisions, IReadOnlyList<double> LatenciesMs, double Seconds);

    /// <param name="count">Instances in all.</param>
    /// <param name="instance">Makes the instance of an index; called from several threads.</param>
    /// <param name="batch">Instances in a request, 1 to 1000.</param>
    /// <param name="connections">Requests under way at once.</param>
    public async Task<Answers> Send(int count, Func<int, JsonObject> instance, int batch, int connections, CancellationToken cancellation)
    {
        var decisions = new DecisionResponse[count];
        var requests = (count + batch - 1) / batch;
        var latencies = new double[requests];
        var began = time.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = cancellation };
        await Parallel.ForAsync(0, requests, options, async (request, stop) =>
        {
            var first = request * batch;
            var instances = Enumerable.Range(first, Math.Min(batch, count - first)).Select(instance).ToArray();
            var sent = time.GetTimestamp();
            var answers = batch == 1
                ? [await client.Decisions.Decide(endpoint, instances[0], _terms, stop)]
                : await client.Decisions.DecideMany(endpoint, instances, _terms, stop);
            latencies[request] = time.GetElapsedTime(sent).TotalMilliseconds;
            for (var i = 0; i < answers.Count; i++)
            {
                decisions[first + i] = answers[i];
            }
        });
        return new Answers(decisions, latencies, time.GetElapsedTime(began).TotalSeconds);
    }
}
