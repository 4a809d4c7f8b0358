using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Client.Workers;
using AiFactory.Domain.Workers;
using Spectre.Console;

namespace AiFactory.Cli.Workers;

/// <summary><c>factory worker list|drain|remove|resume</c></summary>
internal static class WorkerCommand
{
    public static Command Create() => new("worker", "Workers and their devices")
    {
        new Command("list", "List all workers: device, tier, memory, price, whether they take work and why not").Does(async run =>
            run.Show(await run.Client.Workers.List(run.Cancellation), Render)),
        Order("drain", "Give a worker no new work; what it has ends, or goes on elsewhere", (client, worker, cancellation) => client.Drain(worker, cancellation)),
        Order("remove", "Take a worker out of use at once; what it has goes elsewhere", (client, worker, cancellation) => client.Remove(worker, cancellation)),
        Order("resume", "Let a worker that was drained or removed in again", (client, worker, cancellation) => client.Resume(worker, cancellation)),
    };

    /// <summary>Reads <c>SILO/DEVICE</c>.</summary>
    internal static WorkerKey Parse(string text) => text.Split('/') is [{ Length: > 0 } silo, { Length: > 0 } device]
        ? new(silo, device)
        : throw new UsageException($"'{text}' names no worker.", "WORKER", "Write SILO/DEVICE, e.g. silo-1/cpu-0; see factory worker list.");

    private static Command Order(string verb, string description, Func<WorkerClient, WorkerKey, CancellationToken, Task<PooledWorker>> order)
    {
        var worker = new Argument<string>("WORKER") { Description = "Worker, e.g. silo-1/cpu-0" };
        return new Command(verb, description) { worker }.Does(async run =>
            run.Show(await order(run.Client.Workers, Parse(run.Value(worker)), run.Cancellation), ordered => Render([ordered])));
    }

    private static Table Render(IReadOnlyList<PooledWorker> workers)
    {
        var table = Tables.Create("Worker", "Device", "Tier", ">Memory", ">USD/h", "State", "Readings", "Reason");
        foreach (var worker in workers)
        {
            table.AddTextRow(
                worker.Key.ToString(),
                worker.Device.Model,
                worker.Device.Tier,
                worker.Device.MemoryBytes > 0 ? Format.Bytes(worker.Device.MemoryBytes) : $"{Format.Bytes(worker.ModelBytesMax)} for models",
                Format.Invariant($"{worker.UsdPerHour:0.####}"),
                worker.Standing.ToString().ToLowerInvariant(),
                Readings(worker.Reading),
                worker.Reason ?? "");
        }

        return table;
    }

    /// <summary>What a device's instruments say, in short.</summary>
    internal static string Readings(DeviceReading? reading) => reading is null ? "" : string.Join(", ", new[]
    {
        reading.MemoryUsedBytes is { } used ? $"{Format.Bytes(used)} used" : null,
        reading.Utilisation is { } busy ? $"{Format.Percent(busy)} busy" : null,
        reading.PowerWatts is { } power ? Format.Invariant($"{power:0} of {reading.PowerLimitWatts:0} W") : null,
        reading.TemperatureCelsius is { } temperature ? Format.Invariant($"{temperature:0} °C") : null,
    }.OfType<string>());
}
