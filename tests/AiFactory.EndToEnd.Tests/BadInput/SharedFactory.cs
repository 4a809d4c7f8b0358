using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

/// <summary>One factory for all tests that only try its patience: with a data set, a model and an endpoint that must outlive them.</summary>
public sealed class SharedFactory : IAsyncLifetime
{
    public const int Rows = 600;
    private readonly TemporaryFolder _folder = new();
    private FactoryProcess? _factory;

    internal FactoryProcess Process => _factory!;

    internal FactoryHttp Http => Process.Http;

    internal Customer Customer { get; } = Customers.Make(1, seed: 99)[0];

    public async ValueTask InitializeAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _factory = await FactoryProcess.Start(_folder.FullName, cancellation, "--ship-log", "true");
        await Http.Ingest("customers", Customers.Csv(Customers.Make(Rows, seed: 1)), cancellation, Customers.Contract);
        await Http.Train(FactoryVerbs.SpecOf("leavers", "customers", "lightgbm", epochs: 10), cancellation);
        await Http.Deploy("leavers", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers", 1, 100) }, keyField = "customer_id" }, cancellation);
    }

    /// <summary>After a bad request: the process lives, and data, model and endpoint are as they were.</summary>
    internal async Task AssertUnharmed(CancellationToken cancellation)
    {
        Assert.True(Process.Alive);
        var version = (await Http.Get("/v1/datasets/customers/versions/latest", cancellation)).ExpectSuccess().Json;
        Assert.Equal((1, Rows), (version.Long("version"), version.Long("rows")));
        var decision = (await Http.Post("/v1/endpoints/leavers/decisions", Customer.Fields, cancellation)).ExpectSuccess().Json;
        (await Http.Get($"/v1/decisions/{decision.Text("decisionId")}", cancellation)).ExpectSuccess();
    }

    public async ValueTask DisposeAsync()
    {
        if (_factory is not null)
        {
            await _factory.DisposeAsync();
        }

        _folder.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class SharedFactoryGroup : ICollectionFixture<SharedFactory>
{
    public const string Name = "one factory";
}
