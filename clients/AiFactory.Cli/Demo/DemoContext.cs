using AiFactory.Cli.Csv;
using AiFactory.Cli.Local;
using AiFactory.Client;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using Spectre.Console;

namespace AiFactory.Cli.Demo;

/// <summary>What the steps of the demo hand on to each other.</summary>
internal sealed class DemoContext(string dataFolder, int port, IAnsiConsole console, TimeProvider time, CancellationToken cancellation) : IDisposable
{
    /// <summary>The dataset, and the endpoint, of the demo.</summary>
    public const string Churn = "churn";

    private FactoryClient? client;

    public int Port { get; } = port;

    public IAnsiConsole Console { get; } = console;

    public TimeProvider Time { get; } = time;

    public CancellationToken Cancellation { get; } = cancellation;

    public LocalFactory Factory { get; } = new(dataFolder, time);

    public DemoReport Report { get; } = new();

    /// <summary>Where the demo keeps its own files.</summary>
    public string Folder { get; } = Path.Combine(dataFolder, "demo");

    /// <summary>The factory; there is none before the first step.</summary>
    public LocalFactory.Running? Running { get; private set; }

    public FactoryClient Client => client ?? throw new InvalidOperationException("The factory is not up yet.");

    public DatasetVersion? Dataset { get; set; }

    /// <summary>The completed runs: the network first, then the trees.</summary>
    public IReadOnlyList<TrainingRun> Runs { get; set; } = [];

    public IReadOnlyList<ModelVersion> Models { get; set; } = [];

    /// <summary>The customers that neither model has seen.</summary>
    public CsvTable? HeldOut { get; set; }

    /// <summary>One for each held-out customer, in their order.</summary>
    public IReadOnlyList<DecisionResponse> Decisions { get; set; } = [];

    /// <summary>Outcomes the experiment counted before this run of the demo.</summary>
    public long OutcomesBefore { get; set; }

    public void Connect(LocalFactory.Running running)
    {
        Running = running;
        client = FactoryClient.Connect(running.Url, ApiKey.For(running.Url, running.DataFolder), Time);
    }

    /// <summary>Prints a paragraph of explanation.</summary>
    public void Say(FormattableString markup) => Console.MarkupLineInterpolated(markup);

    /// <summary>Says what the demo has checked, or fails it.</summary>
    /// <exception cref="RefusedException">It is not so.</exception>
    public void Check(bool holds, string what)
    {
        if (!holds)
        {
            throw new RefusedException(new Refusal("demo-check-failed", RefusalKind.Fault, $"The demo expected: {what}", "factory demo", "See silo.log in the data folder."));
        }

        Console.MarkupLineInterpolated($"[green]✓[/] {what}");
    }

    /// <summary>Asks until an answer satisfies, for readers of the decision log that follow it by a moment.</summary>
    /// <returns>The last answer, satisfying or not.</returns>
    public async Task<T> Settled<T>(Func<Task<T>> ask, Func<T, bool> satisfies)
    {
        var began = Time.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (satisfies(answer) || Time.GetElapsedTime(began) > TimeSpan.FromSeconds(15))
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Time, Cancellation);
        }
    }

    public void Dispose() => client?.Dispose();
}
