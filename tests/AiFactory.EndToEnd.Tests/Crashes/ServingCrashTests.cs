using System.Collections.Concurrent;
using System.Numerics;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Crashes;

public sealed class ServingCrashTests
{
    private const int Connections = 32;
    private const int AnswersBeforeKill = 600;
    private const int OutcomesBeforeKill = 200;
    private static readonly List<Customer> Crowd = Customers.Make(500, seed: 21);

    [Fact]
    public async Task Serving_KilledUnderLoad_KeepsEveryAnsweredDecisionAndOutcome()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        ConcurrentBag<(JsonElement Decision, Customer Customer)> answered;
        int sent;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await Prepare(factory.Http, cancellation);
            (answered, sent) = await DecideUntilKilled(factory, cancellation);
        }

        Assert.True(answered.Count >= AnswersBeforeKill);
        var outcomes = answered.Select(pair => new { decisionId = pair.Decision.Text("decisionId"), label = pair.Customer.Churn }).ToArray();
        long logged;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            logged = await AssertDecisionsKept(factory.Http, answered, sent, cancellation);
            await ReportUntilKilled(factory, [.. outcomes.Cast<object>()], cancellation);
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var receipt = (await factory.Http.Post("/v1/endpoints/leavers/outcomes", outcomes, cancellation)).ExpectSuccess().Json;
            Assert.Empty(receipt.Items("refused"));
            Assert.Equal(outcomes.Length, receipt.Long("accepted") + receipt.Long("repeated"));
            Assert.True(receipt.Long("repeated") >= OutcomesBeforeKill, receipt.GetRawText());
            await AssertCountedOnce(factory.Http, answered, logged, cancellation);
        }
    }

    private static async Task Prepare(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(600, seed: 6)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("leavers-trees", "customers", "lightgbm", epochs: 10), cancellation);
        await http.Deploy("leavers", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers-trees", 1, 100) }, keyField = "customer_id" }, cancellation);
    }

    private static async Task<(ConcurrentBag<(JsonElement Decision, Customer Customer)> Answered, int Sent)> DecideUntilKilled(FactoryProcess factory, CancellationToken cancellation)
    {
        var answered = new ConcurrentBag<(JsonElement, Customer)>();
        var sent = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clients = Enumerable.Range(0, Connections).Select(_ => Task.Run(Client, cancellation)).ToArray();
        await Task.WhenAny(enough.Task, Task.WhenAll(clients)).WaitAsync(cancellation);
        factory.Kill();
        await Task.WhenAll(clients);
        return (answered, sent);

        async Task Client()
        {
            while (true)
            {
                var customer = Crowd[Interlocked.Increment(ref sent) % Crowd.Count];
                Answer answer;
                try
                {
                    answer = await factory.Http.Post("/v1/endpoints/leavers/decisions", customer.Fields, cancellation);
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException)
                {
                    return;
                }

                answered.Add((answer.ExpectSuccess().Json, customer));
                if (answered.Count >= AnswersBeforeKill)
                {
                    enough.TrySetResult();
                }
            }
        }
    }

    private static async Task<long> AssertDecisionsKept(
        FactoryHttp http, ConcurrentBag<(JsonElement Decision, Customer Customer)> answered, int sent, CancellationToken cancellation)
    {
        Assert.Equal(answered.Count, answered.Select(pair => pair.Decision.Text("decisionId")).Distinct().Count());
        var cost = BigInteger.Zero;
        foreach (var (decision, customer) in answered)
        {
            var chain = (await http.Get($"/v1/decisions/{decision.Text("decisionId")}", cancellation)).ExpectSuccess().Json;
            Assert.Equal(customer.Id, chain.Text("unit"));
            Assert.Equal(decision.Text("prediction"), chain.Text("prediction"));
            cost += chain.Picodollars("cost");
        }

        // Requests cut off by the kill may have reached the log without an answer; none may be there that was never sent.
        var reconciliation = await http.Reconciled(answered.Count, cancellation);
        Assert.InRange(reconciliation.Long("decisions"), answered.Count, sent);
        Assert.True(reconciliation.Picodollars("logDecisions") >= cost);
        return reconciliation.Long("decisions");
    }

    private static async Task ReportUntilKilled(FactoryProcess factory, object[] outcomes, CancellationToken cancellation)
    {
        var acknowledged = 0;
        foreach (var some in outcomes.Take(OutcomesBeforeKill).Chunk(20))
        {
            var receipt = (await factory.Http.Post("/v1/endpoints/leavers/outcomes", some, cancellation)).ExpectSuccess().Json;
            acknowledged += (int)receipt.Long("accepted");
        }

        Assert.Equal(OutcomesBeforeKill, acknowledged);
        var cutOff = factory.Http.Post("/v1/endpoints/leavers/outcomes", outcomes.Skip(OutcomesBeforeKill).Take(50).ToArray(), cancellation);
        factory.Kill();
        var failure = await Record.ExceptionAsync(() => cutOff);
        Assert.True(failure is null or HttpRequestException, failure?.ToString());
    }

    private static async Task AssertCountedOnce(
        FactoryHttp http, ConcurrentBag<(JsonElement Decision, Customer Customer)> answered, long logged, CancellationToken cancellation)
    {
        var variant = await Until.Found("all outcomes in the experiment", async () =>
        {
            var answer = (await http.Get("/v1/endpoints/leavers/experiment", cancellation)).ExpectSuccess();
            return answer.Json.Items("variants").Single().Long("outcomes") >= answered.Count ? answer : null;
        }, cancellation, 20);
        var figures = variant.Json.Items("variants").Single();
        Assert.Equal(answered.Count, figures.Long("outcomes"));
        Assert.Equal(logged, figures.Long("exposures"));
        Assert.Equal(answered.Count(pair => pair.Decision.Text("prediction") == pair.Customer.Churn), figures.Long("correct"));
        Assert.Equal(logged, (await http.Reconciled(logged, cancellation)).Long("decisions"));
    }
}
