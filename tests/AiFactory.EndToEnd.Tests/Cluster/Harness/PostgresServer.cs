using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>A real PostgreSQL on loopback, with its data in a folder of its own; run as another user when the tests run as root, whom it refuses.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "aifactory";
    private const string Other = "postgres";
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin")).Where(folder => File.Exists(Path.Combine(folder, "pg_ctl"))).Max()
        : null;

    private readonly string _folder;
    private bool _stopped;

    private PostgresServer(string folder, int port) => (_folder, Port) = (folder, port);

    public int Port { get; }

    private string Data => Path.Combine(_folder, "data");

    public static string ConnectionString(int port, string database = "postgres") =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database={database};Username={User}");

    /// <summary>Skips the test, with the reason, where there is no PostgreSQL.</summary>
    public static void Require() => Assert.SkipWhen(Programs is null, "PostgreSQL's programs are not in /usr/lib/postgresql/*/bin (package postgresql).");

    public static async Task<PostgresServer> Start(CancellationToken cancellation)
    {
        // Not in the tests' own temporary folder, which other users may not enter.
        var folder = Directory.CreateTempSubdirectory("aifactory-postgres-").FullName;
        var server = new PostgresServer(folder, Ports.Free());
        if (Environment.IsPrivilegedProcess)
        {
            await Run("chown", [Other, folder], cancellation);
        }

        await Run("initdb", cancellation, "-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await server.Start(again: false, cancellation);
        return server;
    }

    /// <summary>Starts it again after <see cref="Kill"/> or <see cref="Stop"/>.</summary>
    public Task Restart(CancellationToken cancellation) => Start(again: true, cancellation);

    /// <summary>kill -9 of the server and all its sessions.</summary>
    public void Kill()
    {
        using var postmaster = Postmaster();
        Signals.Kill(postmaster);
        _stopped = true;
    }

    public async Task Stop(CancellationToken cancellation)
    {
        await Run("pg_ctl", cancellation, "-D", Data, "-m", "immediate", "-w", "stop");
        _stopped = true;
    }

    /// <summary>Runs statements, and gives back what <c>psql</c> prints, unaligned and without headings.</summary>
    public async Task<string> Query(string sql, CancellationToken cancellation, string database = "postgres") => (await Run(Path.Combine(Programs!, "psql"),
        ["-h", "127.0.0.1", "-p", Ports.Text(Port), "-U", User, "-d", database, "-At", "-v", "ON_ERROR_STOP=1", "-c", sql], cancellation)).Trim();

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await Stop(CancellationToken.None);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task Start(bool again, CancellationToken cancellation)
    {
        var log = Path.Combine(_folder, again ? "again.log" : "server.log");
        var options = $"-p {Ports.Text(Port)} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=100";
        await Run("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. Command("pg_ctl", "-D", Data, "-l", log, "-w", "-t", "60", "-o", options, "start")], cancellation);
        _stopped = false;
    }

    private Process Postmaster() => Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture));

    private static Task<string> Run(string program, CancellationToken cancellation, params string[] arguments)
    {
        var command = Command(program, arguments);
        return Run(command[0], command[1..], cancellation);
    }

    private static string[] Command(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ["/usr/bin/setpriv", $"--reuid={Other}", $"--regid={Other}", "--clear-groups", "--", Path.Combine(Programs!, program), .. arguments]
        : [Path.Combine(Programs!, program), .. arguments];

    private static async Task<string> Run(string program, string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await error}");
        return await output;
    }
}

internal static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
