using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AiFactory.Client;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Local;

/// <summary>A factory as a process of its own on this machine, found by its folder.</summary>
/// <param name="launch">What it is told at its start; null: nothing besides its folder and port.</param>
internal sealed class LocalFactory(string dataFolder, TimeProvider time, SiloLaunch? launch = null)
{
    /// <summary>Longest wait for a factory to answer, and for one to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>What <see cref="Up"/> found or made.</summary>
    /// <param name="Started">False: it was up already.</param>
    /// <param name="Seconds">From the start of the process to its first answer.</param>
    internal sealed record Running(Uri Url, Uri? GrpcUrl, int Pid, string SiloName, string DataFolder, bool Started, double Seconds);

    /// <summary>Starts a factory on the folder unless one runs, and returns once it answers.</summary>
    /// <param name="port">0: any free port.</param>
    /// <exception cref="RefusedException">It did not come up; the refusal carries the tail of its log.</exception>
    public async Task<Running> Up(int port, CancellationToken cancellation)
    {
        Directory.CreateDirectory(dataFolder);
        var before = FactoryFile.Read(dataFolder);
        var began = time.GetTimestamp();
        if (before is not null && ProcessSignals.IsAlive(before.Pid) && await WaitReady(() => before, () => false, began, cancellation) is { } present)
        {
            return new(present.Url, present.GrpcUrl, present.Pid, present.SiloName, dataFolder, Started: false, 0);
        }

        RefuseTakenPort(port);
        var logStart = SiloLog.Length(dataFolder);
        began = time.GetTimestamp();
        using var process = SiloProcess.Start(dataFolder, port, launch ?? SiloLaunch.Plain);
        var ready = await WaitReady(
            () => FactoryFile.Read(dataFolder) is { } file && file != before ? file : null, () => process.HasExited, began, cancellation);
        if (ready is not null)
        {
            return new(ready.Url, ready.GrpcUrl, ready.Pid, ready.SiloName, dataFolder, Started: true, time.GetElapsedTime(began).TotalSeconds);
        }

        var exited = process.HasExited;
        if (!exited)
        {
            process.Kill(entireProcessTree: true);
        }

        throw new RefusedException(new Refusal(
            exited ? "factory-ended" : "factory-silent",
            RefusalKind.Unavailable,
            exited
                ? string.Create(CultureInfo.InvariantCulture, $"The factory ended with code {process.ExitCode} before it answered.")
                : string.Create(CultureInfo.InvariantCulture, $"The factory did not answer within {Patience.TotalSeconds:0} s and was ended."),
            SiloLog.PathIn(dataFolder),
            $"The log's last lines:\n{SiloLog.Tail(dataFolder, logStart)}"));
    }

    /// <summary>Asks the folder's factory to stop and waits until it has; null when none runs.</summary>
    /// <exception cref="RefusedException">It did not stop in time.</exception>
    public async Task<FactoryFile?> Down(CancellationToken cancellation)
    {
        var file = FactoryFile.Read(dataFolder);
        if (file is null || !ProcessSignals.IsAlive(file.Pid))
        {
            return null;
        }

        ProcessSignals.AskToStop(file.Pid);
        var asked = time.GetTimestamp();
        while (ProcessSignals.IsAlive(file.Pid))
        {
            if (time.GetElapsedTime(asked) > Patience)
            {
                throw new RefusedException(new Refusal(
                    "factory-lingers", RefusalKind.Unavailable, $"Process {file.Pid} did not stop within {Patience.TotalSeconds:0} s.", SiloLog.PathIn(dataFolder),
                    $"End it with: kill -9 {file.Pid}. What was acknowledged is on the disk."));
            }

            await Task.Delay(PollInterval, time, cancellation);
        }

        return file;
    }

    private async Task<FactoryFile?> WaitReady(Func<FactoryFile?> find, Func<bool> ended, long began, CancellationToken cancellation)
    {
        while (time.GetElapsedTime(began) < Patience && !ended())
        {
            if (find() is { } file)
            {
                if (!ProcessSignals.IsAlive(file.Pid))
                {
                    return null;
                }

                using var client = FactoryClient.Connect(file.Url);
                if (await client.Status.IsReady(cancellation))
                {
                    return file;
                }
            }

            await Task.Delay(PollInterval, time, cancellation);
        }

        return null;
    }

    private static void RefuseTakenPort(int port)
    {
        if (port == 0)
        {
            return;
        }

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException fault)
        {
            throw new RefusedException(
                new Refusal("port-taken", RefusalKind.Conflict, $"Port {port} on 127.0.0.1 cannot be listened on: {fault.Message}.", $"--port {port}",
                    "Pass --port 0 for any free port, or another one; factory.json in the folder then tells every command which."),
                fault);
        }
    }
}
