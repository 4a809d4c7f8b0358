using System.CommandLine;
using System.Text.Json;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Serialization;
using Spectre.Console;

namespace AiFactory.Cli.Demo;

/// <summary><c>factory demo</c>: the whole line, from raw data to a priced, explained decision, on one machine.</summary>
internal static class DemoCommand
{
    private static readonly IDemoStep[] Steps =
    [
        new UpStep(), new IngestStep(), new TrainStep(), new RegisterStep(), new DecideStep(), new LearnStep(), new AccountStep(), new ExplainStep(),
    ];

    public static Command Create()
    {
        var report = new Option<string?>("--report") { HelpName = "FILE", Description = "Write the figures as JSON" };
        var keep = new Option<bool>("--keep") { Description = "Leave the factory up" };
        return new Command("demo", "Run the whole line on sample data, from raw file to explained decision") { report, keep }.Does(async run =>
        {
            if (run.Url is not null)
            {
                throw new UsageException("The demo runs on a factory of its own folder.", "--url", "Name the folder with --data, and the port with --port.");
            }

            using var demo = new DemoContext(
                run.DataFolder, run.Port ?? GlobalOptions.DefaultPort, run.Json ? Silent() : run.Output.People, TimeProvider.System, run.Cancellation);
            try
            {
                await RunSteps(demo);
            }
            finally
            {
                await Leave(demo, run.Value(keep));
            }

            await Finish(run, demo.Report, run.Value(report));
            return ExitCode.Done;
        });
    }

    private static async Task RunSteps(DemoContext demo)
    {
        for (var i = 0; i < Steps.Length; i++)
        {
            var step = Steps[i];
            var stepBegan = demo.Time.GetTimestamp();
            demo.Console.WriteLine();
            demo.Console.Write(new Rule($"[bold]{i + 1}/{Steps.Length}  {Markup.Escape(step.Title)}[/]") { Justification = Justify.Left, Style = new Style(Color.Grey) });
            foreach (var command in step.ByHand)
            {
                demo.Say($"[grey]$ {command}[/]");
            }

            await step.Run(demo);
            var seconds = demo.Time.GetElapsedTime(stepBegan).TotalSeconds;
            demo.Report.Seconds[step.Name] = Math.Round(seconds, 3);
            demo.Say($"[grey]{Format.Invariant($"{seconds:0.0} s")}[/]");
        }
    }

    /// <summary>Stops the factory the demo started; one that was up before stays up.</summary>
    private static async Task Leave(DemoContext demo, bool keep)
    {
        if (demo.Running is not { } running)
        {
            return;
        }

        demo.Console.WriteLine();
        demo.Console.Write(new Rule { Style = new Style(Color.Grey) });
        if (running.Started && !keep)
        {
            // Also after Ctrl-C: the factory must not be left behind.
            await demo.Factory.Down(CancellationToken.None);
            demo.Say($"The factory is down; its state stays in {running.DataFolder}. Bring it up again with: factory up --data {running.DataFolder}");
            demo.Say($"Its console is then at {new Uri(running.Url, "console")}");
            return;
        }

        demo.Say($"The factory stays up. Its console: {new Uri(running.Url, "console")}");
        demo.Say($"Stop it with: factory down --data {running.DataFolder}");
    }

    private static async Task Finish(CommandRun run, DemoReport report, string? path)
    {
        if (path is not null)
        {
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(report, FactoryJson.Indented) + "\n", run.Cancellation);
            run.Say($"Figures written to {Markup.Escape(Path.GetFullPath(path))}");
        }

        if (run.Json)
        {
            run.WriteJson(report);
            return;
        }

        run.Say(Markup.Escape(Format.Invariant($"The whole line took {report.TotalSeconds:0.0} s.")));
    }

    private static IAnsiConsole Silent() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });
}
