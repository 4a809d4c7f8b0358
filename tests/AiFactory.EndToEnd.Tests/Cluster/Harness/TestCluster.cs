using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Processes of the product that are one factory, on a PostgreSQL and an object folder of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Member> _members = [];
    private readonly Dictionary<Member, TcpProxy> _proxies = [];
    private TcpProxy? _database;

    private TestCluster(PostgresServer postgres) => (Postgres, DatabasePort) = (postgres, postgres.Port);

    public PostgresServer Postgres { get; }

    /// <summary>Where members that start from now on find the database; a proxy's port, where one stands between.</summary>
    public int DatabasePort { get; set; }

    public string Folder => _folder.FullName;

    public Member this[int index] => _members[index];

    public IReadOnlyList<Member> Members => _members;

    /// <summary>A PostgreSQL and no member yet.</summary>
    public static async Task<TestCluster> Make(CancellationToken cancellation)
    {
        PostgresServer.Require();
        return new(await PostgresServer.Start(cancellation));
    }

    /// <summary>Members with all roles, started at once, once each knows all.</summary>
    public static Task<TestCluster> Start(int members, CancellationToken cancellation) => Start(members, proxied: false, cancellation);

    /// <summary>As <see cref="Start(int, CancellationToken)"/>, with a proxy before each silo's port for others, and before the database.</summary>
    public static Task<TestCluster> StartBehindProxies(int members, CancellationToken cancellation) => Start(members, proxied: true, cancellation);

    private static async Task<TestCluster> Start(int members, bool proxied, CancellationToken cancellation)
    {
        var cluster = await Make(cancellation);
        try
        {
            if (proxied)
            {
                cluster._database = new(cluster.Postgres.Port);
                cluster.DatabasePort = cluster._database.Port;
            }

            var added = Enumerable.Range(1, members).Select(number => proxied ? cluster.AddBehindProxy($"silo-{number}") : cluster.Add($"silo-{number}")).ToArray();
            await Task.WhenAll(added.Select(member => member.Start(cancellation)));
            await cluster.WaitActive(cancellation, [.. cluster.Members.Select(member => member.Name)]);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A member that is not started yet.</summary>
    public Member Add(string name, params string[] arguments)
    {
        var member = new Member(this, name, arguments);
        _members.Add(member);
        return member;
    }

    /// <summary>Nothing passes between this silo and the others or the database any more; its clients reach it still.</summary>
    public void CutOff(Member victim)
    {
        _proxies[victim].Cut();
        foreach (var proxy in _proxies.Where(entry => entry.Key != victim).Select(entry => entry.Value).Append(_database!))
        {
            proxy.CutFrom(victim.Process.ProcessId);
        }
    }

    /// <summary>Whatever passes between silos, and between them and the database, arrives so much later from now on, each way.</summary>
    public void Delay(TimeSpan delay)
    {
        foreach (var proxy in _proxies.Values.Append(_database!))
        {
            proxy.Delay = delay;
        }
    }

    /// <summary>Everything passes again.</summary>
    public void Heal()
    {
        foreach (var proxy in _proxies.Values.Append(_database!))
        {
            proxy.Heal();
        }
    }

    /// <summary>What every member is told.</summary>
    public string[] Arguments(string name) =>
    [
        "--silo-name", name, "--cluster-database", PostgresServer.ConnectionString(DatabasePort), "--objects", Path.Combine(Folder, "objects"),
        "--silo-port", "0", "--gateway-port", "0", "--cpu-slots", "1",
    ];

    /// <summary>Waits until these silos, and no others, are active, and each tells of itself, as seen from a gateway.</summary>
    public async Task<JsonElement> WaitActive(CancellationToken cancellation, params string[] names)
    {
        var last = "";
        try
        {
            var answer = await Until.Found($"{string.Join(", ", names)} active", async () =>
            {
                var attempt = await Gateway().Get("/v1/cluster", cancellation);
                last = attempt.Text;
                return attempt.Status == HttpStatusCode.OK && Active(attempt.Json).Order().SequenceEqual(names.Order()) ? attempt : null;
            }, cancellation, 90);
            return answer.Json;
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} {last}", exception);
        }
    }

    /// <summary>Starts those again that ended, until all are active.</summary>
    public async Task MakeWhole(CancellationToken cancellation)
    {
        var names = _members.Select(member => member.Name).Order().ToArray();
        await Until.True("all are active again", async () =>
        {
            foreach (var member in _members.Where(member => !member.Process.Alive))
            {
                await member.Start(cancellation);
            }

            return await Asked(cancellation) is { } status && Active(status).Order().SequenceEqual(names);
        }, cancellation, 120);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }

        foreach (var proxy in _proxies.Values)
        {
            await proxy.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        await Postgres.DisposeAsync();
        _folder.Dispose();
    }

    private Member AddBehindProxy(string name)
    {
        var port = Ports.Free();
        var proxy = new TcpProxy(port);
        var member = Add(name, "--silo-port", Ports.Text(proxy.Port), "--silo-listen-port", Ports.Text(port));
        _proxies.Add(member, proxy);
        return member;
    }

    private async Task<JsonElement?> Asked(CancellationToken cancellation)
    {
        try
        {
            return await Gateway().Get("/v1/cluster", cancellation) is { Status: HttpStatusCode.OK } answer ? answer.Json : null;
        }
        catch (HttpRequestException)
        {
            // It ended just now.
            return null;
        }
    }

    private FactoryHttp Gateway() => _members.First(member => member.IsGateway).Http;

    private static IEnumerable<string> Active(JsonElement status) =>
        status.Items("silos").Where(silo => silo.Text("state") == "active" && silo.Has("report")).Select(silo => silo.Text("name"));
}
