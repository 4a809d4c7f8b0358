using System.Collections.Concurrent;
using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Crashes;

/// <summary>Clients that send each decision under a key, and again until it is answered, whatever becomes of the factory meanwhile.</summary>
public sealed class KeyedCrashTests
{
    private const string Path = "/v1/endpoints/leavers/decisions";
    private const int Clients = 16;
    private const int AnswersBeforeEnd = 60;
    private const int AnswersAfter = 60;
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 23);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Decide_FactoryEndsUnderLoad_EachKeyIsOneDecision(bool killed)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var journal = new ConcurrentDictionary<int, string>();
        var pending = new ConcurrentQueue<int>();
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await Prepare(factory.Http, cancellation);
            await DecideUntilItEnds(factory, journal, pending, killed, cancellation);
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            foreach (var number in Enumerable.Range(100_000, AnswersAfter))
            {
                pending.Enqueue(number);
            }

            await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => DecideAll(factory.Http, journal, pending, cancellation)));
            Assert.True(journal.Count >= AnswersBeforeEnd + AnswersAfter);
            await AssertOnce(factory.Http, journal, cancellation);
        }
    }

    private static async Task Prepare(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(600, seed: 6)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("leavers-trees", "customers", "lightgbm", epochs: 10), cancellation);
        await http.Deploy("leavers", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers-trees", 1, 100) }, keyField = "customer_id" }, cancellation);
    }

    private static async Task DecideUntilItEnds(
        FactoryProcess factory, ConcurrentDictionary<int, string> journal, ConcurrentQueue<int> pending, bool killed, CancellationToken cancellation)
    {
        var sent = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(Client, cancellation)).ToArray();
        await Task.WhenAny(enough.Task, Task.WhenAll(clients)).WaitAsync(cancellation);
        if (killed)
        {
            factory.Kill();
        }
        else
        {
            await factory.Stop(cancellation);
        }

        await Task.WhenAll(clients);

        async Task Client()
        {
            while (true)
            {
                var number = Interlocked.Increment(ref sent);
                if (await TryDecide(factory.Http, number, cancellation) is not { } id)
                {
                    pending.Enqueue(number);
                    return;
                }

                journal[number] = id;
                if (journal.Count >= AnswersBeforeEnd)
                {
                    enough.TrySetResult();
                }
            }
        }
    }

    // What the first life of the factory left in doubt is refused until its lease is over.
    private static async Task DecideAll(FactoryHttp http, ConcurrentDictionary<int, string> journal, ConcurrentQueue<int> pending, CancellationToken cancellation)
    {
        while (pending.TryDequeue(out var number))
        {
            journal[number] = await Until.Found($"an answer to key {number}", () => TryDecide(http, number, cancellation), cancellation, secondsMax: 300);
        }
    }

    private static async Task AssertOnce(FactoryHttp http, ConcurrentDictionary<int, string> journal, CancellationToken cancellation)
    {
        Assert.Equal(journal.Count, journal.Values.Distinct().Count());
        foreach (var (number, id) in journal)
        {
            Assert.Equal(id, await TryDecide(http, number, cancellation));
        }

        Assert.Equal(journal.Count, (await http.Reconciled(journal.Count, cancellation)).Long("decisions"));
    }

    /// <summary>The decision's id; null when there was no answer, or one that says to come again.</summary>
    private static async Task<string?> TryDecide(FactoryHttp http, int number, CancellationToken cancellation)
    {
        try
        {
            var answer = await http.Post(Path, Crowd[number % Crowd.Count].Fields, cancellation, $"key-{number}");
            if (answer.Status is HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"key-{number}: {answer.Text}");
                return null;
            }

            return answer.ExpectSuccess().Json.Text("decisionId");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"key-{number}: {exception.Message}");
            return null;
        }
    }
}
