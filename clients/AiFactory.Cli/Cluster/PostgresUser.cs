using System.Diagnostics;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Cluster;

/// <summary>Who runs PostgreSQL: this user, or, because it refuses to run as root, another one in root's place.</summary>
internal sealed class PostgresUser
{
    private static readonly string[] Setpriv = ["/usr/bin/setpriv", "/bin/setpriv"];

    private readonly string? _name;

    private PostgresUser(string? name) => _name = name;

    /// <exception cref="RefusedException"><c>postgres-user-missing</c>.</exception>
    public static PostgresUser Find()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return new(null);
        }

        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var name = users.Contains("postgres") ? "postgres" : users.Contains("nobody") ? "nobody" : null;
        return name is not null && Setpriv.Any(File.Exists)
            ? new(name)
            : throw new RefusedException(new("postgres-user-missing", RefusalKind.Unprocessable, "PostgreSQL does not run as root, and there is no other user to run it as.", "root",
                "Run this command as a user of your own, or add a user postgres and the program setpriv (package util-linux)."));
    }

    /// <summary>Makes a folder or file this user's own.</summary>
    public async Task Own(string path, CancellationToken cancellation)
    {
        if (_name is not null)
        {
            await Run(new ProcessStartInfo("chown", ["-R", _name, path]), cancellation);
        }
    }

    /// <summary>Refuses a folder that this user cannot get to.</summary>
    /// <exception cref="RefusedException"><c>postgres-folder-closed</c>.</exception>
    public async Task ExpectReach(string folder, CancellationToken cancellation)
    {
        if (_name is not null && (await Run(As(new ProcessStartInfo("/bin/sh", ["-c", "test -w \"$1\"", "sh", folder])), cancellation)).ExitCode != 0)
        {
            throw new RefusedException(new("postgres-folder-closed", RefusalKind.Unprocessable, $"PostgreSQL runs as user {_name}, who cannot get to {folder}.", folder,
                "Choose a folder that others may enter, e.g. --data /var/lib/aifactory, or run this command as a user of your own."));
        }
    }

    /// <summary>The same command, run as this user.</summary>
    public ProcessStartInfo As(ProcessStartInfo start)
    {
        if (_name is null)
        {
            return start;
        }

        var changed = new ProcessStartInfo(Setpriv.First(File.Exists), [$"--reuid={_name}", $"--regid={_name}", "--clear-groups", "--", start.FileName, .. start.ArgumentList]) { WorkingDirectory = start.WorkingDirectory };
        return changed;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Said)> Run(ProcessStartInfo start, CancellationToken cancellation)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, $"{await output}{await error}".Trim());
    }
}
