using System.Diagnostics;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Scale;

/// <summary>A cluster of processes on this machine as <c>factory cluster up</c> makes it, gone with its folder when disposed.</summary>
internal sealed class MeasuredCluster : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-cluster-").FullName;
    private readonly List<Product> _silos = [];

    private MeasuredCluster()
    {
        Environment.SetEnvironmentVariable("AIFACTORY__DASHBOARD", "false");
        if (!OperatingSystem.IsWindows())
        {
            // PostgreSQL, which does not run as root, has to get to its data.
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    public string Folder => _folder;

    public IReadOnlyList<Product> Silos => _silos;

    /// <summary>Processor time of all silos so far, in seconds.</summary>
    public double CpuSeconds => _silos.Sum(silo => ProcessMeter.CpuSeconds(silo.Process));

    public static async Task<MeasuredCluster> Start(int silos, CancellationToken cancellation)
    {
        var cluster = new MeasuredCluster();
        try
        {
            await cluster.Grow(silos, cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts silos until there are so many, and those that are not up any more.</summary>
    public async Task Grow(int silos, CancellationToken cancellation)
    {
        var up = await Executables.Factory(cancellation, "cluster", "up", "--silos", $"{silos}", "--port", "0", "--data", _folder);
        var members = up.GetProperty("silos").EnumerateArray().ToArray();
        for (var index = 0; index < members.Length; index++)
        {
            var (pid, url, data) = (members[index].GetProperty("pid").GetInt32(), new Uri(members[index].GetProperty("url").GetString()!), members[index].GetProperty("dataFolder").GetString()!);
            if (index < _silos.Count && _silos[index].Process.Id == pid)
            {
                continue;
            }

            var silo = await Product.Started(Process.GetProcessById(pid), url.Port, data, cancellation, _silos.FirstOrDefault()?.ApiKey ?? "");
            if (index < _silos.Count)
            {
                _silos[index].Dispose();
                _silos[index] = silo;
            }
            else
            {
                _silos.Add(silo);
            }
        }
    }

    /// <summary>Waits until each gateway sees so many workers.</summary>
    public async Task Workers(int count, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        foreach (var silo in _silos)
        {
            while (await silo.Workers(cancellation) < count)
            {
                await timer.WaitForNextTickAsync(cancellation);
            }
        }
    }

    /// <summary>Sum of a counter over all silos.</summary>
    public async Task<double> Metric(string name, CancellationToken cancellation) => (await Task.WhenAll(_silos.Select(silo => silo.Metric(name, cancellation)))).Sum();

    /// <summary>Managed memory that all silos have allocated since they started.</summary>
    public async Task<double> AllocatedBytes(CancellationToken cancellation) => (await Task.WhenAll(_silos.Select(silo => silo.AllocatedBytes(cancellation)))).Sum();

    public async ValueTask DisposeAsync()
    {
        _silos.ForEach(silo => silo.Dispose());
        await Executables.Factory(CancellationToken.None, "cluster", "down", "--data", _folder);
        Directory.Delete(_folder, recursive: true);
    }
}
