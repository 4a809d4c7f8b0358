using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>
/// Clients that ask any gateway for decisions and report outcomes, leave out a gateway that failed them for a while, send an outcome until it is
/// acknowledged, and write down what they were told.
/// </summary>
internal sealed class Workload : IAsyncDisposable
{
    private const int Clients = 4;

    /// <summary>Attempts that a gateway is left out for after it failed one.</summary>
    private const int LeftOut = 20;

    /// <summary>A pause that leaves the machine to others.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(60);

    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(5);
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 41);
    private readonly TestCluster _cluster;
    private readonly TimeSpan? _pause;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<(string Decision, string Label)> _outcomes = new();
    private readonly Task[] _clients;
    private int _next;

    /// <param name="pause">Least time between two requests of a client, where much else is to be done meanwhile; null: none.</param>
    public Workload(TestCluster cluster, TimeSpan? pause = null)
    {
        (_cluster, _pause) = (cluster, pause);
        _clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => Work(client)))];
    }

    public Journal Journal { get; } = new();

    /// <summary>Waits until so many more decisions were answered, and some more outcomes acknowledged, than now.</summary>
    public Task Go(int decisions, CancellationToken cancellation)
    {
        var (decided, reported) = (Journal.Decisions.Count + decisions, Journal.Outcomes.Count + (decisions / 6));
        return Until.True($"{decisions} more decisions, and outcomes", () => Task.FromResult(
            (Journal.Decisions.Count >= decided && Journal.Outcomes.Count >= reported) || FailIfEnded()), cancellation, 120);
    }

    /// <summary>Asks for no more decisions, and sends the outcomes that are left until each is acknowledged.</summary>
    public async Task<Journal> Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        var gateways = new Gateways(_cluster, 0);
        await Until.True("all outcomes are acknowledged", async () =>
        {
            await Report(gateways);
            return _outcomes.IsEmpty;
        }, cancellation, 120);
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
        var gateways = new Gateways(_cluster, client);
        using var pace = _pause is { } pause ? new PeriodicTimer(pause) : null;
        while (!_stopping.IsCancellationRequested)
        {
            var customer = Crowd[Interlocked.Increment(ref _next) % Crowd.Count];
            Journal.Ask();
            if (await gateways.Post("decisions", customer.Fields, AttemptMax) is { } decision)
            {
                var id = decision.Text("decisionId");
                Journal.Answered(new(id, customer.Id, decision.Text("prediction"), decision.Has("cost") ? decision.Text("cost") : ""));
                // Of every other customer it is known how it ended.
                if (customer.Id[^1] % 2 == 0)
                {
                    _outcomes.Enqueue((id, customer.Churn));
                }
            }

            await Report(gateways);
            if (pace is not null)
            {
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    // The gateway is whichever comes next, often not the one that decided. What is not acknowledged is sent again later.
    private async Task Report(Gateways gateways)
    {
        if (!_outcomes.TryDequeue(out var outcome))
        {
            return;
        }

        var receipt = await gateways.Post("outcomes", new[] { new { decisionId = outcome.Decision, label = outcome.Label } }, AttemptMax);
        if (receipt is not { } told || told.Items("refused").Length > 0)
        {
            _outcomes.Enqueue(outcome);
            return;
        }

        Assert.Equal(1, told.Long("accepted") + told.Long("repeated"));
        Journal.Acknowledged(outcome.Decision, outcome.Label, told.Long("accepted"));
    }

    /// <summary>One client's way of choosing a gateway, as a balancer in front of them would.</summary>
    private sealed class Gateways(TestCluster cluster, int first)
    {
        private readonly int[] _leftOut = new int[cluster.Members.Count];
        private int _at = first;

        /// <summary>Null: no answer, or one that says that none can be given now.</summary>
        public async Task<JsonElement?> Post(string what, object body, TimeSpan limit)
        {
            var gateway = Next();
            using var deadline = new CancellationTokenSource(limit);
            try
            {
                var answer = await cluster.Members[gateway].Http.Post($"/v1/endpoints/leavers/{what}", body, deadline.Token);
                if ((int)answer.Status < 500)
                {
                    return answer.ExpectSuccess().Json;
                }

                Assert.True(answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.InsufficientStorage, $"{(int)answer.Status}: {answer.Text}");
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The gateway died, hangs, or is being started anew.
                _leftOut[gateway] = LeftOut;
            }

            return null;
        }

        private int Next()
        {
            for (var step = 0; step < _leftOut.Length && _leftOut[++_at % _leftOut.Length] > 0; step++)
            {
                _leftOut[_at % _leftOut.Length]--;
            }

            return _at % _leftOut.Length;
        }
    }
}
