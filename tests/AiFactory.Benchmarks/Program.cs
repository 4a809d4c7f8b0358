using System.Globalization;
using System.Runtime.InteropServices;
using AiFactory.Benchmarks.AllReduce;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Ingest;
using AiFactory.Benchmarks.Scale;
using AiFactory.Benchmarks.Serving;
using AiFactory.Benchmarks.Serving.Features;
using AiFactory.Benchmarks.Serving.Models;
using AiFactory.Benchmarks.Serving.Padding;
using AiFactory.Benchmarks.Serving.Training;
using AiFactory.Benchmarks.Startup;

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return args switch
{
    ["serving", "speed", .. var rest] => await SpeedBenchmark.Run(rest, stop.Token),
    ["decisions", .. var rest] => await SpeedBenchmark.Run(rest, stop.Token),
    ["serving", "remote", .. var rest] => await RemoteBenchmark.Run(rest, stop.Token),
    ["serving", "training", .. var rest] => await TrainingBenchmark.Run(rest, stop.Token),
    ["serving", "features", .. var rest] => await FeaturesBenchmark.Run(rest, stop.Token),
    ["serve-features", var port, var folder] => await FeatureHost.Run(int.Parse(port, CultureInfo.InvariantCulture), folder),
    ["allreduce", .. var rest] => await AllReduceBenchmark.Run(rest),
    ["ingest", .. var rest] => await IngestBenchmark.Run(rest),
    ["serving", "overload", .. var rest] => await OverloadBenchmark.Run(rest, stop.Token),
    ["serving", "cancel"] => await CancelBenchmark.Run(stop.Token),
    ["serving", "binary", .. var rest] => await BinaryBenchmark.Run(rest, stop.Token),
    ["serving", "flips", .. var rest] => await FlipsBenchmark.Run(rest, stop.Token),
    ["scale", .. var rest] => await ScaleBenchmark.Run(rest, stop.Token),
    ["membership", .. var rest] => await MembershipBenchmark.Run(rest, stop.Token),
    ["recovery", .. var rest] => await RecoveryBenchmark.Run(rest, stop.Token),
    ["startup"] => await StartupBenchmark.Run(stop.Token),
    ["serving", "models", .. var rest] => await ModelsBenchmark.Run(rest, stop.Token),
    ["serving", "grpc", .. var rest] => await GrpcBenchmark.Run(rest, stop.Token),
    ["serving", "padding", .. var rest] => PaddingBenchmark.Run(rest),
    ["load-protocol", var mode, var url, var concurrency, var seconds] => await ProtocolLoad.Run(
        mode, new(url), int.Parse(concurrency, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture)),
    ["serve-peer", var mode, var port, var model] => await BarePeer.Run(mode, int.Parse(port, CultureInfo.InvariantCulture), model),
    ["serve-gateway", var port, var siloPort, var folder] => await SplitFactory.RunGateway(
        int.Parse(port, CultureInfo.InvariantCulture), int.Parse(siloPort, CultureInfo.InvariantCulture), folder),
    ["serve-worker", var siloPort, var folder] => await SplitFactory.RunWorker(int.Parse(siloPort, CultureInfo.InvariantCulture), folder, stop.Token),
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
    Console.Error.WriteLine(
        $"dotnet run -c Release -- NAME\n\n{SpeedOptions.Usage}\n{FeaturesBenchmark.Usage}\n{TrainingBenchmark.Usage}\nserving remote [ROUNDS]\n{BinaryBenchmark.Usage}\n{ModelsBenchmark.Usage}\n{FlipsBenchmark.Usage}\n{GrpcBenchmark.Usage}\n{PaddingBenchmark.Usage}\n{OverloadBenchmark.Usage}\nserving cancel\n{ScaleBenchmark.Usage}\n{MembershipBenchmark.Usage}\n{RecoveryBenchmark.Usage}\nstartup\ningest [ROWS]\nallreduce [VALUES]");
    return 2;
}
