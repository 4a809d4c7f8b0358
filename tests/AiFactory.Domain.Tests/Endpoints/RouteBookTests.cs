using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Serialization;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class RouteBookTests
{
    private const string Line = "line";

    [Fact]
    public void Publish_LateMessages_ChangeNothing()
    {
        var book = RouteBook.Empty.Publish(Route("a", 2)).Publish(Route("b", 1));
        Assert.Same(book, book.Publish(Route("a", 2)));
        Assert.Same(book, book.Withdraw("a", 2));
        var withdrawn = book.Withdraw("a", 3);
        Assert.Same(withdrawn, withdrawn.Publish(Route("a", 2)));
        Assert.Equal(["b"], withdrawn.Routes.Select(route => route.Endpoint));
        Assert.Equal((2L, 3L), (book.Version, withdrawn.Version));
    }

    [Fact]
    public void Publish_SameRevisionLaterGeneration_IsNews()
    {
        var book = RouteBook.Empty.Publish(Route("a", 2));
        var next = book.Publish(Route("a", 2) with { Generation = 3, Suspended = "why" });

        Assert.Equal("why", Assert.Single(next.Routes).Suspended);
        Assert.Same(next, next.Publish(Route("a", 2) with { Generation = 3 }));
        Assert.Empty(next.Withdraw("a", 4).Routes);
    }

    [Fact]
    public void Since_AnyVersion_BringsItUpToDate()
    {
        RouteBook[] books = [RouteBook.Empty];
        foreach (var change in (Func<RouteBook, RouteBook>[])
            [
                book => book.Publish(Route("a", 1)), book => book.Publish(Route("b", 1)), book => book.Publish(Route("a", 2)),
                book => book.Withdraw("b", 2), book => book.Publish(Route("c", 1)), book => book.Publish(Route("b", 3)), book => book.Withdraw("a", 3),
            ])
        {
            books = [.. books, change(books[^1])];
        }

        foreach (var known in books)
        {
            var changes = books[^1].Since(known.Version, Line);
            var followed = known.Routes.Where(route => !changes.Gone.Contains(route.Endpoint)).ToDictionary(route => route.Endpoint);
            foreach (var route in changes.Routes)
                followed[route.Endpoint] = route;
            Assert.Equal(books[^1].Whole(Line).Routes, followed.Values.OrderBy(route => route.Endpoint, StringComparer.Ordinal));
            Assert.Equal((books[^1].Version, false, Line), (changes.Version, changes.Whole, changes.Line));
        }

        Assert.Equal(["a"], books[^1].Since(6, Line).Gone);
        Assert.Empty(books[^1].Since(6, Line).Routes);
    }

    [Fact]
    public void Of_KeptPages_IsTheBookAgain()
    {
        var book = RouteBook.Empty.Publish(Route("a", 1)).Publish(Route("b", 1)).Withdraw("a", 2);
        RouteEntry[] kept = [book.Find("a")!, book.Find("b")!, new("b", 0, 1, null)];

        var again = RouteBook.Of(JsonSerializer.Deserialize<RouteEntry[]>(JsonSerializer.Serialize(kept, FactoryJson.Options), FactoryJson.Options)!);

        Assert.Equal((3L, "b"), (again.Version, Assert.Single(again.Routes).Endpoint));
        Assert.Same(again, again.Publish(Route("a", 2)));
        Assert.Equal((0L, 4L), (RouteBook.Of([]).Version, again.Publish(Route("a", 3)).Version));
    }

    [Fact]
    public void KeptRoutes_OfBeforeThereWereGenerations_OrderByRevision()
    {
        var old = JsonSerializer.Deserialize<KeptRoutes>(
            """{"table":{"version":4,"routes":[{"endpoint":"a","revision":7,"salt":"s","durability":"pageCache","variants":[]}]},"revisions":{"a":7,"gone":3}}""", FactoryJson.Options)!;
        var book = RouteBook.Of(old.Entries());
        var present = new Endpoint("a", 7, "s", new EndpointSpec([], null, null, Durability.PageCache), true, default);

        Assert.Equal(4, book.Version);
        Assert.Same(book, book.Publish(Route("a", 7)));
        Assert.Same(book, book.Publish(Route("gone", 3)));
        var next = EndpointRules.Republish(present);
        Assert.Equal((7L, 8L), (next.Revision, next.Generation));
        Assert.Equal(8, Assert.Single(book.Publish(Route("a", 7) with { Generation = next.Generation }).Routes).Generation);
    }

    [Fact]
    public void Pages_OfAnEndpoint_AreWithinBoundsAndEven()
    {
        var pages = Enumerable.Range(0, 6400).Select(i => RoutePages.Of($"endpoint-{i}")).GroupBy(page => page).ToArray();

        Assert.Equal(Enumerable.Range(0, RoutePages.Count), pages.Select(page => page.Key).Order());
        Assert.All(pages, page => Assert.InRange(page.Count(), 50, 200));
        Assert.Equal(["b", "a"], RoutePages.Put([new("a", 1, 1, null), new("b", 1, 2, null)], new("a", 2, 3, null)).Select(entry => entry.Endpoint));
    }

    private static EndpointRoute Route(string endpoint, long revision) => new(endpoint, revision, "salt", null, Durability.PageCache, [], null);
}
