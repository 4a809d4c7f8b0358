using System.Text.Json;
using AiFactory.Client;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using Spectre.Console;

namespace AiFactory.Cli.CommandLine;

/// <summary>Turns what went wrong into what, where and mend on standard error, and an exit code.</summary>
internal static class Failure
{
    public static int Report(Exception fault, CommandRun run) => fault switch
    {
        RefusedException refused => Print(refused.Refusal, run, ExitCode.Refused),
        UsageException usage => Report(usage, run.Output, run.Json),
        NoFactoryException none => Print(
            new Refusal("factory-unreachable", RefusalKind.Unavailable, none.Message, Path.Combine(none.DataFolder, "factory.json"),
                "Start one with: factory up. Or name one with --url, --port or --data."),
            run, ExitCode.Unreachable),
        FactoryUnreachableException unreachable => Print(
            new Refusal("factory-unreachable", RefusalKind.Unavailable, unreachable.Message, unreachable.Address.ToString(),
                "Check the address, or start a factory with: factory up."),
            run, ExitCode.Unreachable),
        FileNotFoundException or DirectoryNotFoundException => Print(
            new Refusal("file-not-found", RefusalKind.NotFound, fault.Message, (fault as FileNotFoundException)?.FileName, "Check the path."), run, ExitCode.Usage),
        IOException or UnauthorizedAccessException => Print(
            new Refusal("file-unusable", RefusalKind.Fault, fault.Message, null, "Check the path, its permissions and the room on the disk."), run, ExitCode.Refused),
        OperationCanceledException when run.Cancellation.IsCancellationRequested => ExitCode.Interrupted,
        _ => Print(
            new Refusal("fault", RefusalKind.Fault, fault.Message, fault.GetType().Name, "This is a fault of the command itself; please report it."),
            run, ExitCode.Refused),
    };

    public static int Report(UsageException usage, CommandOutput output, bool json) =>
        Print(new Refusal("usage", RefusalKind.Malformed, usage.Message, usage.Where, usage.Mend), output, json, ExitCode.Usage);

    private static int Print(Refusal refusal, CommandRun run, int exitCode) => Print(refusal, run.Output, run.Json, exitCode);

    private static int Print(Refusal refusal, CommandOutput output, bool json, int exitCode)
    {
        if (json)
        {
            output.Errors.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(refusal, FactoryJson.Options));
            return exitCode;
        }

        var errors = output.Errors;
        errors.MarkupLineInterpolated($"[red]error[/] {refusal.What} [grey]({refusal.Code})[/]");
        if (refusal.Where is { } where)
        {
            errors.MarkupLineInterpolated($"[grey]where[/] {where}");
        }

        if (refusal.Mend is { } mend)
        {
            errors.MarkupLineInterpolated($"[grey]mend [/] {mend}");
        }

        return exitCode;
    }
}
