using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Clients that ask any gateway for decisions and report outcomes, go to the next one when a gateway fails them, and write down what they were told.</summary>
internal sealed class Workload : IAsyncDisposable
{
    private const int Clients = 4;
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(12);
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 41);
    private readonly TestCluster _cluster;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _clients;
    private int _next;

    public Workload(TestCluster cluster)
    {
        _cluster = cluster;
        _clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => Work(client)))];
    }

    public Journal Journal { get; } = new();

    /// <summary>Waits until so many more decisions were answered and outcomes acknowledged than now.</summary>
    public Task Go(int decisions, CancellationToken cancellation)
    {
        var (decided, reported) = (Journal.Decisions.Count + decisions, Journal.Outcomes.Count + (decisions / 4));
        return Until.True($"{decisions} more decisions and their outcomes", () => Task.FromResult(
            Journal.Decisions.Count >= decided && Journal.Outcomes.Count >= reported ? true : FailIfEnded()), cancellation, 120);
    }

    /// <summary>Lets what is under way end.</summary>
    public async Task<Journal> Stop()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Journal.Asked} decisions asked for, {Journal.Decisions.Count} answered, {Journal.Outcomes.Count} outcomes acknowledged; longest time without an answer {Journal.LongestSilence.TotalSeconds:0.0} s.");
        return Journal;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        _stopping.Dispose();
    }

    private bool FailIfEnded() => _clients.FirstOrDefault(client => client.IsFaulted)?.Exception is { } failure ? throw new InvalidOperationException("A client failed.", failure) : false;

    private async Task Work(int client)
    {
        for (var gateway = client; !_stopping.IsCancellationRequested; gateway++)
        {
            var customer = Crowd[Interlocked.Increment(ref _next) % Crowd.Count];
            Journal.Ask();
            if (await Try(gateway, "decisions", customer.Fields) is not { } decision)
            {
                continue;
            }

            var decided = new Decided(decision.Text("decisionId"), customer.Id, decision.Text("prediction"), decision.Has("cost") ? decision.Text("cost") : "");
            Journal.Answered(decided);

            // Every other decision's outcome is known at once, and asked about until it is acknowledged: often at another gateway.
            for (var attempt = 1; decided.Id.GetHashCode(StringComparison.Ordinal) % 2 == 0 && !_stopping.IsCancellationRequested; attempt++)
            {
                var receipt = await Try(gateway + attempt, "outcomes", new[] { new { decisionId = decided.Id, label = customer.Churn } });
                if (receipt is { } told && told.Items("refused").Length == 0)
                {
                    Assert.Equal(1, told.Long("accepted") + told.Long("repeated"));
                    Journal.Acknowledged(decided.Id, customer.Churn, told.Long("accepted"));
                    break;
                }
            }
        }
    }

    // Null: no answer, or one that says that none can be given now.
    private async Task<System.Text.Json.JsonElement?> Try(int gateway, string what, object body)
    {
        using var limit = new CancellationTokenSource(AttemptMax);
        var members = _cluster.Members;
        try
        {
            var answer = await members[gateway % members.Count].Http.Post($"/v1/endpoints/leavers/{what}", body, limit.Token);
            if ((int)answer.Status < 500)
            {
                return answer.ExpectSuccess().Json;
            }

            Assert.True(answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{(int)answer.Status}: {answer.Text}");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The gateway died, hangs, or is being started anew.
        }

        return null;
    }
}
