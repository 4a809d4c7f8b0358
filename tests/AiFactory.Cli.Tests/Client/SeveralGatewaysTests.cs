using System.Collections.Concurrent;
using System.Net;
using System.Text;
using AiFactory.Client;
using AiFactory.Client.Decisions;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Cli.Tests.Client;

public sealed class SeveralGatewaysTests
{
    private const string Decision = """{"decisionId":"silo-1-00000000000000","variant":"a","model":"m@1"}""";

    [Fact]
    public async Task Decide_ConnectionBreaks_GoesToTheNextUnderOneKey()
    {
        using var factory = new Gateways((request, _) => request.RequestUri!.Host == "one" ? throw new HttpRequestException("Reset.") : Answer(200, Decision));

        await factory.Eventually(factory.Client.Decisions.Decide("churn", [], TestContext.Current.CancellationToken));
        await factory.Eventually(factory.Client.Decisions.Decide("churn", [], TestContext.Current.CancellationToken));

        Assert.Equal(["one", "two", "two"], factory.Requests.Select(request => request.Host));
        Assert.Equal(factory.Requests.ElementAt(0).Key, factory.Requests.ElementAt(1).Key);
        Assert.NotNull(factory.Requests.ElementAt(0).Key);
        Assert.Equal("two", factory.Client.Address.Host);
    }

    [Fact]
    public async Task Decide_Drained_GoesToTheNext()
    {
        using var factory = new Gateways((request, _) => request.RequestUri!.Host == "one" ? Answer(503, """{"code":"draining","detail":"Going."}""") : Answer(200, Decision));

        await factory.Eventually(factory.Client.Decisions.Decide("churn", [], TestContext.Current.CancellationToken));

        Assert.Equal(["one", "two"], factory.Requests.Select(request => request.Host));
    }

    [Fact]
    public async Task Decide_WithoutKey_IsNotRepeatedWhenTheConnectionBreaks()
    {
        using var factory = new Gateways((_, _) => throw new HttpRequestException("Reset."));

        await Assert.ThrowsAsync<FactoryUnreachableException>(() => factory.Eventually(
            factory.Client.Decisions.Decide("churn", [], new DecisionTerms(Once: false), TestContext.Current.CancellationToken)));

        Assert.Null(Assert.Single(factory.Requests).Key);
    }

    [Fact]
    public async Task Decide_FirstStillUnderWay_IsAskedForUntilItsLeaseIsOver()
    {
        using var factory = new Gateways((_, attempt) => attempt < 8 ? Answer(409, """{"code":"idempotency-key-under-way","detail":"Under way."}""") : Answer(200, Decision));

        await factory.Eventually(factory.Client.Decisions.Decide("churn", [], TestContext.Current.CancellationToken));

        Assert.Equal(8, factory.Requests.Count);
        Assert.Single(factory.Requests.Select(request => request.Key).Distinct());
    }

    [Fact]
    public async Task Decide_UnderWayForEver_IsRefusedInTheEnd()
    {
        using var factory = new Gateways((_, _) => Answer(409, """{"code":"idempotency-key-under-way","detail":"Under way."}"""));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => factory.Eventually(factory.Client.Decisions.Decide("churn", [], TestContext.Current.CancellationToken)));

        Assert.Equal("idempotency-key-under-way", refused.Refusal.Code);
    }

    [Fact]
    public async Task AnyCall_NobodyAnywhere_IsUnreachable()
    {
        using var factory = new Gateways((_, _) => throw new HttpRequestException("Refused."));

        await Assert.ThrowsAsync<FactoryUnreachableException>(() => factory.Eventually(factory.Client.Status.Get(TestContext.Current.CancellationToken)));

        Assert.Equal(3, factory.Requests.Count(request => request.Host == "one"));
    }

    private static HttpResponseMessage Answer(int status, string body) => new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private sealed class Gateways : HttpMessageHandler
    {
        private readonly Func<HttpRequestMessage, int, HttpResponseMessage> answer;
        private readonly FakeTimeProvider time = new();
        private readonly HttpClient http;

        public Gateways(Func<HttpRequestMessage, int, HttpResponseMessage> answer)
        {
            this.answer = answer;
            http = new HttpClient(this, disposeHandler: false);
            Client = new FactoryClient(http, [new Uri("http://one"), new Uri("http://two")], time);
        }

        public FactoryClient Client { get; }

        public ConcurrentQueue<(string Host, string? Key)> Requests { get; } = [];

        public async Task<T> Eventually<T>(Task<T> call)
        {
            while (!call.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            return await call;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Enqueue((request.RequestUri!.Host, request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null));
            return Task.FromResult(answer(request, Requests.Count));
        }

        protected override void Dispose(bool disposing)
        {
            Client.Dispose();
            http.Dispose();
            base.Dispose(disposing);
        }
    }
}
