using System.Diagnostics;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Processes that do nothing but compute, beside those of the cluster.</summary>
internal sealed class BusyProcesses : IDisposable
{
    private readonly Process[] _processes;

    public BusyProcesses(int count) => _processes = [.. Enumerable.Range(0, count).Select(_ => Process.Start("/bin/sh", ["-c", "while :; do :; done"]))];

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
