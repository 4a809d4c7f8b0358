using System.Globalization;

namespace AiFactory.Cli.CommandLine;

/// <summary>A dataset or model as users write it: <c>NAME</c>, <c>NAME@3</c> or <c>NAME@latest</c>.</summary>
/// <param name="Version">Null: the latest.</param>
internal readonly record struct NamedVersion(string Name, int? Version)
{
    /// <exception cref="UsageException">It is written otherwise.</exception>
    public static NamedVersion Parse(string text)
    {
        var at = text.LastIndexOf('@');
        if (at < 0)
        {
            return new(text, null);
        }

        var version = text[(at + 1)..];
        return at > 0 && version == "latest" ? new(text[..at], null)
            : at > 0 && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? new(text[..at], number)
            : throw new UsageException($"'{text}' names no version.", text, "Write NAME, NAME@3 or NAME@latest.");
    }
}
