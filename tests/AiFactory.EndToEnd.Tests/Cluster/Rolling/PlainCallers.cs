using System.Collections.Concurrent;
using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Rolling;

/// <summary>Callers that never repeat a request, one at each gateway, and write down what is not an answer as a gateway that stays should give it.</summary>
internal sealed class PlainCallers : IAsyncDisposable
{
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 44);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Journal _journal;
    private readonly Task[] _callers;
    private volatile Member? _leaving;
    private int _unavailable;

    public PlainCallers(TestCluster cluster, Journal journal)
    {
        _journal = journal;
        _callers = [.. cluster.Members.Select((member, index) => Task.Run(() => Work(member, index)))];
    }

    /// <summary>What gateways that stay said that is neither an answer nor 503 with Retry-After.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>From now on this one need not answer.</summary>
    public void Spare(Member leaving) => _leaving = leaving;

    /// <summary>All must answer again.</summary>
    public void SpareNone() => _leaving = null;

    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_callers);
        TestContext.Current.TestOutputHelper?.WriteLine($"Gateways that stayed said {_unavailable} times 503 with Retry-After.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_callers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task Work(Member member, int index)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var next = index; !_stopping.IsCancellationRequested; next++)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            if (_leaving != member)
            {
                await Ask(member, Crowd[next % Crowd.Count]);
            }
        }
    }

    private async Task Ask(Member member, Customer customer)
    {
        _journal.Ask();
        try
        {
            var answer = await member.Http.Post("/v1/endpoints/leavers/decisions", customer.Fields, CancellationToken.None);
            if (answer.Status == HttpStatusCode.OK)
            {
                var decision = answer.Json;
                _journal.Answered(new(decision.Text("decisionId"), customer.Id, decision.Text("prediction"), decision.Has("cost") ? decision.Text("cost") : ""));
            }
            else if (answer is { Status: HttpStatusCode.ServiceUnavailable, RetryAfter: true })
            {
                Interlocked.Increment(ref _unavailable);
            }
            else if (_leaving != member)
            {
                _faults.Enqueue($"{member.Name}: {(int)answer.Status} {answer.Text}");
            }
        }
        catch (Exception failure)
        {
            if (_leaving != member)
            {
                _faults.Enqueue($"{member.Name}: {failure.Message}");
            }
        }
    }
}
