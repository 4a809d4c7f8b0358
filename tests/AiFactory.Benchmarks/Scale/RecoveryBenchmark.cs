using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;
using AiFactory.Benchmarks.Serving;

namespace AiFactory.Benchmarks.Scale;

/// <summary>
/// How long callers of the silos that are left go without an answer when one silo of three is killed, hangs, or PostgreSQL restarts: each gateway is asked for a
/// decision over and over, and the time from the fault to the last answer that was none counts. Control calls, which need grains to move, are timed apart.
/// </summary>
internal static class RecoveryBenchmark
{
    public const string Usage = "recovery [ROUNDS]   (3 silos; kill -9, 20 s of SIGSTOP, restart of PostgreSQL; each ROUNDS times, 3)";

    private const string Dimensions = "64-256-256-10";
    private const int Silos = 3, SlotsEach = 2;
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5), Hang = TimeSpan.FromSeconds(20), Watched = TimeSpan.FromSeconds(25);

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var rounds = int.Parse(arguments.ElementAtOrDefault(0) ?? "3", CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("aifactory-recovery-").FullName;
        Mlp.Parse(Dimensions).WriteTo(folder);
        await using var cluster = await MeasuredCluster.Start(Silos, cancellation);
        try
        {
            await cluster.Workers(Silos * SlotsEach, cancellation);
            await cluster.Silos[0].Deploy(Path.Combine(folder, "mlp.onnx"), cancellation);
            var body = await File.ReadAllBytesAsync(Path.Combine(folder, "body-v2.json"), cancellation);
            await Report("kill -9 of a silo", 3, rounds, round => Fault(cluster, body, round % Silos, async victim =>
            {
                victim.Process.Kill();
                await victim.Process.WaitForExitAsync(cancellation);
            }, () => cluster.Grow(Silos, cancellation), cancellation));
            await Report("20 s of SIGSTOP", 12, rounds, round => Fault(cluster, body, round % Silos, victim => Signal("STOP", victim.Process.Id, cancellation), async () =>
            {
                var victim = cluster.Silos[round % Silos].Process;
                await Signal("CONT", victim.Id, cancellation);

                // It learns that the others gave it up, and ends.
                await victim.WaitForExitAsync(cancellation);
                await cluster.Grow(Silos, cancellation);
            }, cancellation));
            await Report("restart of PostgreSQL", 5, rounds, round => Fault(cluster, body, victim: null, _ => RestartDatabase(cluster.Folder, cancellation), () => Task.CompletedTask, cancellation));
            Console.WriteLine($"  load average {ProcessMeter.LoadAverage()}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Report(string fault, double wantedSeconds, int rounds, Func<int, Task<Silence>> act)
    {
        var silences = new List<Silence>();
        for (var round = 0; round < rounds; round++)
        {
            silences.Add(await act(round));
        }

        // The worst of them: not every silo has the endpoint's workers, or its grains.
        var (decisions, control) = (silences.Max(silence => silence.Decisions), silences.Max(silence => silence.Control));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {fault}: decisions back after at most {decisions:F2} s (x{decisions / wantedSeconds:F2} of the {wantedSeconds} s wanted; {silences.Sum(silence => silence.Refused)} of {silences.Sum(silence => silence.Asked)} not answered), control after at most {control:F2} s (x{control / wantedSeconds:F2})"));
    }

    private static async Task<Silence> Fault(MeasuredCluster cluster, byte[] body, int? victim, Func<Product, Task> strike, Func<Task> mend, CancellationToken cancellation)
    {
        var asked = cluster.Silos.Where((_, index) => index != victim).ToArray();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (struck, watches) = (new TaskCompletionSource<long>(), new List<Task<Silence>>());
        foreach (var silo in asked)
        {
            var request = new RawRequest(silo.InferUrl, body, cluster.Silos[0].ApiKey);
            watches.Add(Watch(struck.Task, control: false, async limit =>
            {
                using var socket = await request.Connect(limit);
                await request.Send(socket, limit);
                return (await RawRequest.Receive(socket, limit)).Status == 200;
            }, over.Token));
            watches.Add(Watch(struck.Task, control: true, async limit => (await silo.Get($"/v1/endpoints/{Product.Endpoint}", limit)).ValueKind == JsonValueKind.Object, over.Token));
        }

        await Wait(Calm, cancellation);
        struck.SetResult(Stopwatch.GetTimestamp());
        await strike(cluster.Silos[victim ?? 0]);
        await Wait(Watched > Hang ? Watched : Hang, cancellation);
        await over.CancelAsync();
        var silences = await Task.WhenAll(watches);
        await mend();
        await cluster.Workers(Silos * SlotsEach, cancellation);
        await Wait(Calm, cancellation);
        return new(silences.Max(silence => silence.Decisions), silences.Max(silence => silence.Control), silences.Sum(silence => silence.Asked), silences.Sum(silence => silence.Refused));
    }

    // One request after the other, until the end; each has two seconds.
    private static async Task<Silence> Watch(Task<long> struck, bool control, Func<CancellationToken, Task<bool>> ask, CancellationToken over)
    {
        var (asked, refused, last) = (0, 0, 0.0);
        while (!over.IsCancellationRequested)
        {
            var answered = false;
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                answered = await ask(limit.Token);
            }
            catch (Exception failure) when (failure is OperationCanceledException or IOException or HttpRequestException or InvalidOperationException or System.Net.Sockets.SocketException)
            {
                // No answer.
            }

            if (struck.IsCompleted)
            {
                asked++;
                if (!answered)
                {
                    (refused, last) = (refused + 1, Stopwatch.GetElapsedTime(await struck).TotalSeconds);
                }
            }
        }

        return control ? new(0, last, 0, 0) : new(last, 0, asked, refused);
    }

    private static async Task RestartDatabase(string folder, CancellationToken cancellation)
    {
        var data = Path.Combine(folder, "postgres", "data");
        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(data, "postmaster.pid"), cancellation))[0], CultureInfo.InvariantCulture);
        await Signal("KILL", postmaster, cancellation);
        await Executables.Factory(cancellation, "cluster", "up", "--data", folder);
    }

    private static async Task Signal(string name, int processId, CancellationToken cancellation) =>
        await Executables.Output("kill", [$"-{name}", $"{processId}"], new Dictionary<string, string>(), cancellation);

    private static async Task Wait(TimeSpan span, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(span);
        await timer.WaitForNextTickAsync(cancellation);
    }

    /// <param name="Decisions">Seconds from the fault to the last request for a decision that got none.</param>
    /// <param name="Control">The same of calls of the control plane.</param>
    private sealed record Silence(double Decisions, double Control, int Asked, int Refused);
}
