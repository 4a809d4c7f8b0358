using System.Globalization;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// What a worker in another process costs the gateway: the same model twice in one factory of two processes, once where the gateway's own device is preferred
/// and once where the other process's is; rounds alternate, and the processor time of both processes is divided by the requests.
/// </summary>
internal static class RemoteBenchmark
{
    private const int Connections = 128;
    private const int Seconds = 4;
    private const int WarmSeconds = 20;
    private const string Dimensions = "64-256-256-10";

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 7;
        var folder = Directory.CreateTempSubdirectory("aifactory-remote-").FullName;
        try
        {
            var model = Mlp.Parse(Dimensions);
            model.WriteTo(folder);
            using var factory = await SplitFactory.Start(Path.Combine(folder, "factory"), cancellation);
            var near = await Deploy(factory, folder, SplitFactory.Near, model.Answer(), cancellation);
            var far = await Deploy(factory, folder, SplitFactory.Far, model.Answer(), cancellation);
            await Measure(factory, new Load(folder), [near, far], rounds, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    // Replicas are ordered by a hash of model and worker: a name is found that prefers the worker wanted.
    private static async Task<Competitor> Deploy(SplitFactory factory, string folder, WorkerKey worker, double[] expected, CancellationToken cancellation)
    {
        WorkerKey[] workers = [SplitFactory.Near, SplitFactory.Far];
        var name = Enumerable.Range(0, 1000).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i}"))
            .First(candidate => ReplicaOrder.Of(new ModelVersionKey("default", candidate, 1), workers)[0] == worker);
        await factory.Gateway.Deploy(Path.Combine(folder, "mlp.onnx"), cancellation, name);
        var target = new Competitor(worker.ToGrainKey(), factory.Gateway.InferUrlOf(name), Path.Combine(folder, "body-v2.json"),
            $"Bearer {factory.Gateway.ApiKey}", factory.Gateway.Process, Borrowed: true);
        return await target.Check(expected, cancellation) is { } fault ? throw new InvalidOperationException($"{worker}: {fault}") : target;
    }

    private static async Task Measure(SplitFactory factory, Load load, Competitor[] targets, int rounds, CancellationToken cancellation)
    {
        foreach (var target in targets)
        {
            await load.Run(target, Connections, WarmSeconds, cancellation);
        }

        var measured = targets.ToDictionary(target => target, _ => new List<(double PerSecond, double GatewayUs, double WorkerUs, double Errors)>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var target in round % 2 == 0 ? targets : targets.Reverse())
            {
                var (gateway, worker) = (ProcessMeter.CpuSeconds(factory.Gateway.Process), ProcessMeter.CpuSeconds(factory.Worker));
                var result = await load.Run(target, Connections, Seconds, cancellation);
                var requests = Math.Max(1, result.PerSecond * Seconds);
                measured[target].Add((
                    result.PerSecond,
                    (ProcessMeter.CpuSeconds(factory.Gateway.Process) - gateway) * 1e6 / requests,
                    (ProcessMeter.CpuSeconds(factory.Worker) - worker) * 1e6 / requests,
                    result.Errors));
            }
        }

        Console.WriteLine($"{Dimensions}, {Load.Tool}, c={Connections}, {rounds} rounds of {Seconds} s, load average {ProcessMeter.LoadAverage()}");
        foreach (var (target, results) in measured)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {target.Name,-16}{Medians.Of(results.Select(result => result.PerSecond)),8:F0}/s  gateway process {Medians.Of(results.Select(result => result.GatewayUs)):F1} us/request  "
                + $"other process {Medians.Of(results.Select(result => result.WorkerUs)):F1} us/request  errors {results.Sum(result => result.Errors):F0}"));
        }

        var more = measured[targets[1]].Zip(measured[targets[0]], (far, near) => (Gateway: far.GatewayUs - near.GatewayUs, All: far.GatewayUs + far.WorkerUs - near.GatewayUs - near.WorkerUs)).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  the far worker costs the gateway's process {Medians.Of(more.Select(pair => pair.Gateway)):+0.0;-0.0} us a request, and both together {Medians.Of(more.Select(pair => pair.All)):+0.0;-0.0} us"));
    }
}
