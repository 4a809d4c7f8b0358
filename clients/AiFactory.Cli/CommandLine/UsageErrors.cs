using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

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
        if (error.SymbolResult is OptionResult { Tokens: [var token], Option: var option } && Expected(option.ValueType) is { } expected && !Fits(token.Value, option.ValueType))
        {
            return $"{option.Name} takes {expected}, and got '{token.Value}'.";
        }

        return error.Message.TrimEnd('.') + ".";
    }

    private static string? Expected(Type type) => Bare(type) switch
    {
        var bare when bare == typeof(int) || bare == typeof(long) => "a whole number",
        var bare when bare == typeof(double) => "a number",
        { IsEnum: true } bare => "one of " + string.Join(", ", Enum.GetNames(bare).Select(JsonNamingPolicy.CamelCase.ConvertName)),
        _ => null,
    };

    private static bool Fits(string text, Type type) => Bare(type) switch
    {
        var bare when bare == typeof(int) => int.TryParse(text, out _),
        var bare when bare == typeof(long) => long.TryParse(text, out _),
        var bare when bare == typeof(double) => double.TryParse(text, out _),
        { IsEnum: true } bare => Enum.TryParse(bare, text, ignoreCase: true, out _),
        _ => true,
    };

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static IEnumerable<string> Path(SymbolResult? result) => result is CommandResult command
        ? Path(command.Parent).Append(command.Parent is null ? "factory" : command.Command.Name)
        : [];
}
