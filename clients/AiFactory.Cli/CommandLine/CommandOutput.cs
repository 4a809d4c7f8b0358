using Spectre.Console;

namespace AiFactory.Cli.CommandLine;

/// <summary>Where a command writes.</summary>
/// <param name="People">Standard output, for people.</param>
/// <param name="Errors">Standard error, for people.</param>
/// <param name="Plain">Standard output, for programs.</param>
internal sealed record CommandOutput(IAnsiConsole People, IAnsiConsole Errors, TextWriter Plain)
{
    // A file or a pipe has no width of its own; tables of this product fit this one.
    private const int PipeColumns = 140;

    // Nor must a path in an error message be broken by a line end.
    private const int ErrorPipeColumns = 100_000;

    public static CommandOutput OfProcess() => new(
        For(Console.Out, Console.IsOutputRedirected, PipeColumns), For(Console.Error, Console.IsErrorRedirected, ErrorPipeColumns), Console.Out);

    private static IAnsiConsole For(TextWriter writer, bool redirected, int pipeColumns)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
        {
            console.Profile.Width = pipeColumns;
        }

        return console;
    }
}
