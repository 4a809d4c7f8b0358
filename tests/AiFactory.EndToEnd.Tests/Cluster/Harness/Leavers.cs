using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>An endpoint <c>leavers</c> with one variant, from the raw file on.</summary>
internal static class Leavers
{
    public static async Task Make(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(600, seed: 6)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("leavers-trees", "customers", "lightgbm", epochs: 10), cancellation);
        await http.Deploy("leavers", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers-trees", 1, 100) }, keyField = "customer_id" }, cancellation);
    }

    /// <summary>Waits until a gateway has heard of the endpoint and answers.</summary>
    public static Task Known(FactoryHttp http, CancellationToken cancellation) => Until.True("the endpoint is known", async () =>
        (await http.Get("/v2/models/leavers/ready", cancellation)).Status == HttpStatusCode.OK, cancellation);
}
