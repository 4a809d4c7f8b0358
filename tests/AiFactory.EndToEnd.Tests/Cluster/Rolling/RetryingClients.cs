using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Rolling;

/// <summary>Clients that do what the product asks of them: a key with each request, and the same request again, at the next gateway, while one is unavailable.</summary>
internal sealed class RetryingClients : IAsyncDisposable
{
    private const int Clients = 3;

    /// <summary>Attempts of one request, one after the other at each gateway, with a pause after each round.</summary>
    private const int AttemptsMax = 24;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(20);
    private static readonly string[] InDoubt = ["idempotency-key-under-way", "idempotency-in-doubt", "idempotency-claim-lost"];
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 43);
    private readonly TestCluster _cluster;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _clients;
    private int _next;
    private int _repeats;

    public RetryingClients(TestCluster cluster, Journal journal)
    {
        (_cluster, Journal) = (cluster, journal);
        _clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => Work(client)))];
    }

    public Journal Journal { get; }

    /// <summary>Waits until so many more decisions were answered than now; fails when a request failed.</summary>
    public Task Go(int decisions, CancellationToken cancellation)
    {
        var decided = Journal.Decisions.Count + decisions;
        return Until.True($"{decisions} more decisions", () => Task.FromResult(Journal.Decisions.Count >= decided || FailIfEnded()), cancellation, 120);
    }

    /// <summary>Ends the requests under way; throws when any request failed.</summary>
    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Journal.Asked} decisions asked for, {Journal.Decisions.Count} answered, {Journal.Outcomes.Count} outcomes; {_repeats} requests sent again; longest time without an answer {Journal.LongestSilence.TotalSeconds:0.0} s.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private bool FailIfEnded() => _clients.FirstOrDefault(client => client.IsFaulted)?.Exception is { } failure ? throw new InvalidOperationException("A request failed.", failure) : false;

    private async Task Work(int client)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var customer = Crowd[Interlocked.Increment(ref _next) % Crowd.Count];
            Journal.Ask();
            var decision = await Post(client, "decisions", customer.Fields);
            var id = decision.Text("decisionId");
            Journal.Answered(new(id, customer.Id, decision.Text("prediction"), decision.Has("cost") ? decision.Text("cost") : ""));
            if (customer.Id[^1] % 2 == 0)
            {
                var receipt = await Post(client, "outcomes", new[] { new { decisionId = id, label = customer.Churn } });
                Assert.Empty(receipt.Items("refused"));
                // Its key makes even the repeat's answer the first one.
                Assert.Equal((1, 0), (receipt.Long("accepted"), receipt.Long("repeated")));
                Journal.Acknowledged(id, customer.Churn, receipt.Long("accepted"));
            }
        }
    }

    private async Task<JsonElement> Post(int client, string what, object body)
    {
        var key = Guid.NewGuid().ToString("n");
        var last = "";
        using var timer = new PeriodicTimer(Pause);
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var member = _cluster.Members[(client + attempt) % _cluster.Members.Count];
            using var deadline = new CancellationTokenSource(AttemptMax);
            try
            {
                var answer = await member.Http.Post($"/v1/endpoints/leavers/{what}", body, deadline.Token, key);
                if (!MayRepeat(answer))
                {
                    return answer.ExpectSuccess().Json;
                }

                last = $"{member.Name}: {(int)answer.Status} {answer.Text}";
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The gateway is gone, or is being started anew.
                last = $"{member.Name}: {failure.Message}";
            }

            Interlocked.Increment(ref _repeats);
            if ((attempt + 1) % _cluster.Members.Count == 0)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        throw new InvalidOperationException($"No gateway answered in {AttemptsMax} attempts. {last}");
    }

    private static bool MayRepeat(Answer answer) => answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway
        || (answer.Status == HttpStatusCode.GatewayTimeout && answer.RetryAfter)
        || ((int)answer.Status >= 400 && InDoubt.Contains(answer.Json.Text("code")));
}
