using System.Globalization;
using System.Runtime.InteropServices;
using AiFactory.Benchmarks.AllReduce;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Ingest;
using AiFactory.Benchmarks.Serving;
using AiFactory.Benchmarks.Startup;

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return args switch
{
    ["decisions", .. var rest] => await DecisionsBenchmark.Run(rest, stop.Token),
    ["allreduce", .. var rest] => await AllReduceBenchmark.Run(rest),
    ["ingest", .. var rest] => await IngestBenchmark.Run(rest),
    ["serving", "binary", .. var rest] => await BinaryBenchmark.Run(rest, stop.Token),
    ["serving", "flips", .. var rest] => await FlipsBenchmark.Run(rest, stop.Token),
    ["startup"] => await StartupBenchmark.Run(stop.Token),
    ["serve-peer", var mode, var port, var model] => await BarePeer.Run(mode, int.Parse(port, CultureInfo.InvariantCulture), model),
    ["load", var url, var connections, var seconds] => await OwnLoad.Run(
        new(url), int.Parse(connections, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static int Usage()
{
    Console.Error.WriteLine($"dotnet run -c Release -- NAME\n\n{DecisionsOptions.Usage}\n{BinaryBenchmark.Usage}\n{FlipsBenchmark.Usage}\nstartup\ningest [ROWS]\nallreduce [VALUES]");
    return 2;
}
