using System.Diagnostics;
using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Cluster;

/// <summary>The PostgreSQL of a local cluster: its own data, on loopback only, behind a password.</summary>
internal sealed class LocalPostgres(string folder, int port, string password)
{
    private const string User = "aifactory";
    private const int NotRunning = 3;

    // How long one that runs may take to accept connections, or one that was killed to leave the table of processes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _programs = PostgresPrograms.Folder();
    private readonly PostgresUser _user = PostgresUser.Find();

    private string Data => Path.Combine(folder, "postgres", "data");

    private string Log => Path.Combine(folder, "postgres", "server.log");

    /// <summary>What silos connect with.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database=postgres;Username={User};Password={password}");

    /// <summary>Starts it unless it accepts connections; makes its data where there is none.</summary>
    /// <returns>Whether it was started now.</returns>
    /// <exception cref="RefusedException"><c>postgres-failed</c>, with what it said.</exception>
    public async Task<bool> Up(CancellationToken cancellation)
    {
        var home = Directory.CreateDirectory(Path.GetDirectoryName(Data)!).FullName;
        await _user.Own(home, cancellation);
        await _user.ExpectReach(home, cancellation);
        if (!File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            await Make(cancellation);
        }

        if (await Accepts(cancellation))
        {
            return false;
        }

        // Nothing is handed to it but its files: what it keeps open of this process's would keep whoever started that waiting for the end.
        var server = string.Create(CultureInfo.InvariantCulture, $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200");
        await Expect(Program("pg_ctl", "-D", Data, "-l", Log, "-w", "-t", "60", "-o", server, "start"), detached: true, cancellation);
        return true;
    }

    /// <summary>Stops it if it runs.</summary>
    /// <returns>Whether it ran.</returns>
    public async Task<bool> Down(CancellationToken cancellation)
    {
        if (!Directory.Exists(Data) || !await Runs(cancellation))
        {
            return false;
        }

        await Expect(Program("pg_ctl", "-D", Data, "-m", "fast", "-w", "-t", "60", "stop"), detached: false, cancellation);
        return true;
    }

    public async Task<bool> Runs(CancellationToken cancellation) =>
        Directory.Exists(Data) && (await PostgresUser.Run(Program("pg_ctl", "-D", Data, "status"), cancellation)).ExitCode is not (NotRunning or 4);

    // Its process alone proves nothing: one that has just been killed is still listed for a moment, and one that has just been started recovers first.
    private async Task<bool> Accepts(CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Pause);
        while (Stopwatch.GetElapsedTime(began) < Patience && await Runs(cancellation))
        {
            var asked = Program("pg_isready", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture));
            if ((await PostgresUser.Run(asked, cancellation)).ExitCode == 0)
            {
                return true;
            }

            await timer.WaitForNextTickAsync(cancellation);
        }

        return false;
    }

    private async Task Make(CancellationToken cancellation)
    {
        var secret = Path.Combine(folder, "postgres", "password");
        await File.WriteAllTextAsync(secret, password, cancellation);
        try
        {
            await _user.Own(secret, cancellation);
            await Expect(Program("initdb", "-D", Data, "-U", User, "-A", "scram-sha-256", $"--pwfile={secret}", "-E", "UTF8", "--locale=C"), detached: false, cancellation);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    private ProcessStartInfo Program(string name, params IEnumerable<string> arguments) =>
        _user.As(new ProcessStartInfo(Path.Combine(_programs, name), arguments) { WorkingDirectory = Path.Combine(folder, "postgres") });

    private async Task Expect(ProcessStartInfo start, bool detached, CancellationToken cancellation)
    {
        if (detached)
        {
            start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", start.FileName, .. start.ArgumentList]) { WorkingDirectory = start.WorkingDirectory };
        }

        var (exitCode, said) = await PostgresUser.Run(start, cancellation);
        if (exitCode != 0)
        {
            throw new RefusedException(new("postgres-failed", RefusalKind.Unavailable, $"PostgreSQL failed: {(said.Length > 0 ? said : Tail())}", Log,
                "Mend what it names; its data lie in the folder 'postgres' of the cluster's."));
        }
    }

    private string Tail() => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(5)) : "it said nothing";
}
