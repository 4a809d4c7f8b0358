using AiFactory.Grains.Tests.Cluster;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace AiFactory.Grains.Tests.Storage;

/// <summary>What Orleans asks of a grain storage, on our SQLite statements.</summary>
public sealed class EmbeddedStateStoreTests : IAsyncLifetime
{
    private const string StateName = "conformance";
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-state-").FullName;
    private IHost? _host;

    private IGrainStorage Store => _host!.Services.GetRequiredKeyedService<IGrainStorage>("factory");

    private string Database => Path.Combine(_folder, "state", "orleans.db");

    public async ValueTask InitializeAsync()
    {
        _host = await StartHost();
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.StopAsync(TestContext.Current.CancellationToken);
        _host.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Read_Nothing_GivesFreshState()
    {
        var state = new GrainState<Counted>();
        await Store.ReadStateAsync(StateName, Id("none"), state);
        Assert.Equal((false, null, 0), (state.RecordExists, state.ETag, state.State!.Count));
    }

    [Fact]
    public async Task Write_ThenRead_GivesStateAndVersion()
    {
        await Write("kept", 1);
        var again = await Read("kept");
        again.State!.Count = 2;
        await Store.WriteStateAsync(StateName, Id("kept"), again);

        var read = await Read("kept");
        Assert.Equal((2, "2", "2", true), (read.State!.Count, read.ETag, again.ETag, read.RecordExists));
    }

    [Fact]
    public async Task Write_StaleVersion_IsInconsistentAndKeepsWinner()
    {
        await Write("race", 1);
        var (first, second) = (await Read("race"), await Read("race"));
        first.State!.Count = 10;
        second.State!.Count = 20;
        await Store.WriteStateAsync(StateName, Id("race"), first);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Store.WriteStateAsync(StateName, Id("race"), second));
        Assert.Equal(10, (await Read("race")).State!.Count);
    }

    [Fact]
    public async Task Write_FirstWriteTwice_IsInconsistent()
    {
        await Write("first", 1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write("first", 2));
        Assert.Equal(1, (await Read("first")).State!.Count);
    }

    [Fact]
    public async Task Write_VersionOfNothing_IsInconsistentAndWritesNothing()
    {
        var state = new GrainState<Counted> { State = new Counted { Count = 5 }, ETag = "3", RecordExists = true };
        await Assert.ThrowsAsync<InconsistentStateException>(() => Store.WriteStateAsync(StateName, Id("ghost"), state));
        Assert.False((await Read("ghost")).RecordExists);
    }

    [Fact]
    public async Task Clear_Present_EmptiesAndLaterWritesGoOn()
    {
        await Write("clear", 7);
        var state = await Read("clear");
        var stale = await Read("clear");
        await Store.ClearStateAsync(StateName, Id("clear"), state);
        Assert.Equal(0, (await Read("clear")).State!.Count);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Store.WriteStateAsync(StateName, Id("clear"), stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Store.ClearStateAsync(StateName, Id("clear"), stale));

        state.State = new Counted { Count = 8 };
        await Store.WriteStateAsync(StateName, Id("clear"), state);
        Assert.Equal(8, (await Read("clear")).State!.Count);
    }

    [Fact]
    public async Task Write_ManyWritersOfOneState_LosesNoIncrement()
    {
        await Write("busy", 0);
        var lost = 0;
        await Parallel.ForAsync(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (_, _) =>
        {
            while (true)
            {
                var state = await Read("busy");
                state.State!.Count++;
                try
                {
                    await Store.WriteStateAsync(StateName, Id("busy"), state);
                    return;
                }
                catch (InconsistentStateException)
                {
                    Interlocked.Increment(ref lost);
                }
            }
        });

        var read = await Read("busy");
        Assert.Equal((40, "41"), (read.State!.Count, read.ETag));
        Assert.InRange(lost, 0, 40 * 40);
    }

    [Fact]
    public async Task Write_StateNamesAndGrains_StandApart()
    {
        await Write("apart", 1);
        var other = new GrainState<Counted> { State = new Counted { Count = 2 } };
        await Store.WriteStateAsync("other-name", Id("apart"), other);
        await Write("apart-too", 3);

        Assert.Equal((1, 3), ((await Read("apart")).State!.Count, (await Read("apart-too")).State!.Count));
    }

    [Fact]
    public async Task Prepare_Again_KeepsState()
    {
        await Write("twice", 1);
        EmbeddedStateStore.Prepare(Database);
        Assert.Equal(1, (await Read("twice")).State!.Count);
    }

    [Fact]
    public async Task Write_AnyState_IsJsonWithoutTypeNames()
    {
        await Write("plain", 4);
        await using var connection = new SqliteConnection($"Data Source={Database}");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT CAST(PayloadBinary AS TEXT) FROM OrleansStorage WHERE GrainIdExtensionString LIKE '%plain'";
        Assert.Equal("""{"count":4}""", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    private static GrainId Id(string key) => GrainId.Create("conformance", key);

    private async Task Write(string key, int count)
    {
        var state = new GrainState<Counted> { State = new Counted { Count = count } };
        await Store.WriteStateAsync(StateName, Id(key), state);
    }

    private async Task<GrainState<Counted>> Read(string key)
    {
        var state = new GrainState<Counted>();
        await Store.ReadStateAsync(StateName, Id(key), state);
        return state;
    }

    // The whole silo is started, as the storage reads its statements in the silo's life cycle.
    private async Task<IHost> StartHost()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseEmbeddedCluster("conformance");
            silo.UseScriptedWorkers();
            silo.AddEmbeddedStateStore(Database);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}

/// <summary>A state like any grain's.</summary>
[GenerateSerializer]
internal sealed class Counted
{
    [Id(0)]
    public int Count { get; set; }
}
