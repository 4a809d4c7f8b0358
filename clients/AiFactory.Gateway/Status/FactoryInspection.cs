using System.Diagnostics;
using AiFactory.DecisionLog;
using AiFactory.Domain;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Logs;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Status;

/// <summary>Looks at the factory for its operators.</summary>
internal sealed class FactoryInspection(
    IGrainFactory grains,
    IDecisionLog log,
    IObjectStore objects,
    LogInspection logs,
    RoutingSnapshots routing,
    ApiKeyDirectory keys,
    IEnumerable<INativeProbe> probes,
    IServer server,
    IOptions<GatewayOptions> options,
    TimeProvider time)
{
    private static readonly TimeSpan WorkerWait = TimeSpan.FromSeconds(2);

    public async Task<FactoryStatus> Status()
    {
        var pool = await grains.GetGrain<IWorkerPoolGrain>("default").List();
        var workers = await Task.WhenAll(pool.Select(Describe));
        using var process = Process.GetCurrentProcess();
        return new(
            FactoryVersion.Text,
            Environment.ProcessId,
            process.StartTime.ToUniversalTime(),
            options.Value.DataFolder,
            [.. pool.Select(worker => worker.SiloName).Append(log.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            [.. workers.OfType<WorkerStatus>()],
            server.Features.Get<IServerAddressesFeature>()?.Addresses.ElementAtOrDefault(1));
    }

    public async Task<IReadOnlyList<HealthFinding>> Diagnose()
    {
        var findings = new List<HealthFinding>();
        foreach (var probe in probes)
        {
            findings.Add(await Task.Run(probe.Probe));
        }

        findings.Add(await Look("object-store", ProbeObjects, "Free space on the disk of the data folder, and check that the folder may be written to."));
        if (logs.Ships)
        {
            findings.Add(await Look("log-shipping", () => Task.FromResult(logs.Examine()), "Mend what the finding object-store names; shipping goes on by itself."));
        }

        findings.Add(await Look("workers", ProbeWorkers, "See the silo's log for why its devices do not report; each silo reports every few seconds."));
        findings.Add(await Look("gateway", ProbeGateway, "Wait a few seconds after the start; then see the silo's log."));
        return findings;
    }

    private async Task<WorkerStatus?> Describe(WorkerKey worker)
    {
        try
        {
            return await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).Describe().WaitAsync(WorkerWait, time);
        }
        catch (Exception failure) when (Problems.Failures.IsUnavailable(failure))
        {
            return null;
        }
    }

    private async Task<string> ProbeObjects()
    {
        var path = $"doctor/{Guid.NewGuid():n}";
        await objects.Put(path, "probe"u8.ToArray(), CancellationToken.None);
        objects.Delete(path);
        return "An object was written and deleted.";
    }

    private async Task<string> ProbeWorkers()
    {
        var pool = await grains.GetGrain<IWorkerPoolGrain>("default").List();
        return pool.Count > 0 ? string.Join(", ", pool) : throw new InvalidOperationException("No silo has reported a device lately.");
    }

    private Task<string> ProbeGateway()
    {
        var waiting = StatusRoutes.Waiting(routing, keys, log);
        return waiting.Count == 0
            ? Task.FromResult($"Routes and keys are known; decision log '{log.Name}' ends at {log.Tail}.")
            : throw new InvalidOperationException($"Waiting for {string.Join(", ", waiting)}.");
    }

    private static async Task<HealthFinding> Look(string component, Func<Task<string>> probe, string mend)
    {
        try
        {
            return new(component, Healthy: true, await probe());
        }
        catch (RefusedException refused)
        {
            return new(component, Healthy: false, "Not well.", refused.Refusal.What, refused.Refusal.Mend ?? mend);
        }
        catch (Exception failure)
        {
            // Whatever it is, it is the finding.
            return new(component, Healthy: false, "Not well.", failure.Message, mend);
        }
    }
}
