using System.CommandLine;
using System.CommandLine.Parsing;

namespace AiFactory.Cli.CommandLine;

/// <summary>What is wrong with a command line, in the words of the product.</summary>
internal static class UsageErrors
{
    /// <summary>The faults of a command that was named whole; null where the command itself is in doubt, and its list of verbs the better answer.</summary>
    public static UsageException? Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
        {
            return null;
        }

        var path = string.Join(' ', Path(parsed.CommandResult));
        return new UsageException(string.Join(' ', parsed.Errors.Select(Text).Distinct()), path, $"See: {path} --help");
    }

    private static string Text(ParseError error)
    {
        if (error.SymbolResult is OptionResult { Tokens: [var token], Option: var option } && NumberName(option.ValueType) is { } number && !IsNumber(token.Value, option.ValueType))
        {
            return $"{option.Name} takes {number}, and got '{token.Value}'.";
        }

        return error.Message.TrimEnd('.') + ".";
    }

    private static string? NumberName(Type type) =>
        type == typeof(int) || type == typeof(int?) ? "a whole number" : type == typeof(double) ? "a number" : null;

    private static bool IsNumber(string text, Type type) => type == typeof(double) ? double.TryParse(text, out _) : int.TryParse(text, out _);

    private static IEnumerable<string> Path(SymbolResult? result) => result is CommandResult command
        ? Path(command.Parent).Append(command.Parent is null ? "factory" : command.Command.Name)
        : [];
}
