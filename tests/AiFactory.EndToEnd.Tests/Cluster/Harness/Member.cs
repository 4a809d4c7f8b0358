using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>A process of the cluster, with a name and a folder that stay when it dies and starts anew.</summary>
internal sealed class Member(TestCluster cluster, string name, string[] arguments) : IAsyncDisposable
{
    private FactoryProcess? _process;

    public string Name => name;

    public string Folder => Path.Combine(cluster.Folder, name);

    public FactoryProcess Process => _process ?? throw new InvalidOperationException($"{name} was not started.");

    public FactoryHttp Http => Process.Http;

    public async Task Start(CancellationToken cancellation)
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _process = await FactoryProcess.Start(Folder, cancellation, [.. cluster.Arguments(name), .. arguments]);
    }

    /// <summary>Whether it runs and can be asked.</summary>
    public bool IsGateway => _process is { Alive: true } && (Array.IndexOf(arguments, "--roles") is var at && (at < 0 || arguments[at + 1].Contains("gateway", StringComparison.Ordinal)));

    /// <summary>kill -9.</summary>
    public void Kill() => Process.Kill();

    public void Suspend() => Process.Suspend();

    public void Resume() => Process.Resume();

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
