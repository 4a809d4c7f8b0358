namespace AiFactory.Cli.CommandLine;

/// <summary>A command line that parses but makes no sense.</summary>
internal sealed class UsageException(string what, string? where = null, string? mend = null) : Exception(what)
{
    public string? Where { get; } = where;

    public string? Mend { get; } = mend;
}
