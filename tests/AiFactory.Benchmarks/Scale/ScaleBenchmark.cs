using System.Text.Json;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;
using AiFactory.Benchmarks.Serving;
using AiFactory.Domain.Decisions;

namespace AiFactory.Benchmarks.Scale;

/// <summary>
/// The same load on one, two and three silos of this machine. The cores are the same, so the rate cannot grow: what is looked at is what a decision costs more
/// for being made by many, in processor time, messages between silos and managed memory, and how many find their worker in the gateway's own process.
/// </summary>
internal static class ScaleBenchmark
{
    public const string Usage = "scale [--rounds 7] [--seconds 2]   (1, 2 and 3 silos, 48 connections over all gateways, then all on one)";

    private const string Dimensions = "64-256-256-10";
    private const int SilosMax = 3, SlotsEach = 2, Connections = 48, WarmSeconds = 15;
    private const double MessagesWanted = 1;

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (rounds, seconds) = (Arguments.Number(arguments, "--rounds", 7), Arguments.Number(arguments, "--seconds", 2));
        var folder = Directory.CreateTempSubdirectory("aifactory-scale-").FullName;
        var model = Mlp.Parse(Dimensions);
        model.WriteTo(folder);
        await using var cluster = await MeasuredCluster.Start(1, cancellation);
        try
        {
            await cluster.Silos[0].Deploy(Path.Combine(folder, "mlp.onnx"), cancellation);
            Reading? alone = null;
            var reached = true;
            for (var silos = 1; silos <= SilosMax; silos++)
            {
                await cluster.Grow(silos, cancellation);
                await cluster.Workers(silos * SlotsEach, cancellation);
                await cluster.Silos[0].DeployOnly(Product.Endpoint, cancellation);
                foreach (var gateways in new[] { silos, 1 }.Distinct())
                {
                    var reading = await Measure(cluster, model, folder, gateways, rounds, seconds, cancellation);
                    alone ??= reading;
                    reached &= reading.Messages <= MessagesWanted;
                    Console.WriteLine(reading.Against(alone, silos, gateways));
                }
            }

            Console.WriteLine($"  {Dimensions}, {Load.Tool}, medians of {rounds} rounds of {seconds} s, load average {ProcessMeter.LoadAverage()}; at most {MessagesWanted} message between silos a decision: {(reached ? "yes" : "no")}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Reading> Measure(MeasuredCluster cluster, Mlp model, string folder, int gateways, int rounds, int seconds, CancellationToken cancellation)
    {
        var targets = cluster.Silos.Take(gateways)
            .Select(silo => new Competitor("aifactory", silo.InferUrl, Path.Combine(folder, "body-v2.json"), $"Bearer {cluster.Silos[0].ApiKey}", silo.Process, Borrowed: true)).ToArray();
        foreach (var target in targets)
        {
            if (await target.Check(model.Answer(), cancellation) is { } wrong)
            {
                throw new InvalidOperationException(wrong);
            }
        }

        var load = targets.Select((_, index) => new Load(Directory.CreateDirectory(Path.Combine(folder, $"load-{index}")).FullName)).ToArray();
        await Task.WhenAll(targets.Select((target, index) => load[index].Run(target, Connections / gateways, WarmSeconds, cancellation)));
        var readings = new List<Reading>();
        for (var round = 0; round < rounds; round++)
        {
            readings.Add(await Round());
        }

        return Reading.Median(readings);

        async Task<Reading> Round()
        {
            var (cpu, allocated, messages) = (cluster.CpuSeconds, await cluster.AllocatedBytes(cancellation), await Messages(cluster, cancellation));
            using var sampling = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var sample = Task.WhenAll(cluster.Silos.Take(gateways).Select(silo => Sample(silo, cluster.Silos[0].ApiKey, folder, sampling.Token)));
            var results = await Task.WhenAll(targets.Select((target, index) => load[index].Run(target, Connections / gateways, seconds, cancellation)));
            await sampling.CancelAsync();
            var decisions = results.Sum(result => result.PerSecond) * seconds;
            (cpu, allocated, messages) = (cluster.CpuSeconds - cpu, await cluster.AllocatedBytes(cancellation) - allocated, await Messages(cluster, cancellation) - messages);
            var near = await Near(cluster.Silos[0], [.. (await sample).SelectMany(ids => ids)], cancellation);
            return new(decisions / seconds, results.Max(result => result.P50Us), results.Max(result => result.P99Us), cpu * 1e6 / decisions, allocated / decisions, messages / decisions, near,
                results.Sum(result => result.Errors));
        }
    }

    // Requests and answers between silos, those of the control plane too; what stays in a process is none.
    private static Task<double> Messages(MeasuredCluster cluster, CancellationToken cancellation) => cluster.Metric("orleans_messaging_sent_messages_size_bytes_count", cancellation);

    // Decisions made beside the load, one at a time.
    private static async Task<IReadOnlyList<string>> Sample(Product silo, string apiKey, string folder, CancellationToken stop)
    {
        var request = new RawRequest(silo.InferUrl, await File.ReadAllBytesAsync(Path.Combine(folder, "body-v2.json"), CancellationToken.None), apiKey);
        using var socket = await request.Connect(CancellationToken.None);
        var ids = new List<string>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!stop.IsCancellationRequested)
        {
            await request.Send(socket, CancellationToken.None);
            var (_, body) = await RawRequest.Receive(socket, CancellationToken.None);
            ids.Add(JsonSerializer.Deserialize<JsonElement>(body).GetProperty("parameters").GetProperty("decision_id").GetString()!);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        return ids;
    }

    // Share of decisions whose worker is of the process whose log has them.
    private static async Task<double> Near(Product silo, string[] ids, CancellationToken cancellation)
    {
        var near = 0;
        foreach (var id in ids)
        {
            var worker = (await silo.Get($"/v1/decisions/{Uri.EscapeDataString(id)}", cancellation)).GetProperty("worker").GetString()!;
            near += DecisionId.Parse(id).Value.Log == worker.Split('/')[0] ? 1 : 0;
        }

        return near / (double)ids.Length;
    }
}
