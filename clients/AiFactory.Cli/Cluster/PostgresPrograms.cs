using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Cluster;

/// <summary>PostgreSQL as it is installed on this machine.</summary>
internal static class PostgresPrograms
{
    private const string Debian = "/usr/lib/postgresql";
    private const string PgCtl = "pg_ctl";

    /// <summary>The folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>: of the newest version in Debian's place, else on the path.</summary>
    /// <exception cref="RefusedException"><c>postgres-missing</c>.</exception>
    public static string Folder() => Candidates().FirstOrDefault(folder => File.Exists(Path.Combine(folder, PgCtl)) && File.Exists(Path.Combine(folder, "initdb")))
        ?? throw new RefusedException(new(
            "postgres-missing", RefusalKind.NotFound, "A cluster keeps its state in PostgreSQL, whose programs initdb and pg_ctl are not on this machine.",
            $"{Debian}/*/bin, PATH",
            "Install it: on Debian and Ubuntu 'apt-get install postgresql', on Fedora 'dnf install postgresql-server', on macOS 'brew install postgresql@17'."));

    private static IEnumerable<string> Candidates()
    {
        var installed = Directory.Exists(Debian) ? Directory.EnumerateDirectories(Debian) : [];
        return installed.OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0).Select(folder => Path.Combine(folder, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
    }
}
