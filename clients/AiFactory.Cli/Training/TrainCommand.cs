using System.CommandLine;
using System.Globalization;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Training;

namespace AiFactory.Cli.Training;

/// <summary><c>factory train MODEL --dataset NAME[@VERSION] --label COLUMN --trainer mlp|lightgbm</c></summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> model = new("MODEL") { Description = "Model whose next version the run makes" };

    private readonly Option<string> dataset = new("--dataset") { HelpName = "NAME[@VERSION]", Required = true, Description = "Dataset to train on" };

    private readonly Option<string> label = new("--label") { HelpName = "COLUMN", Required = true, Description = "Column to predict; two classes" };

    private readonly Option<string> trainer = new("--trainer") { HelpName = "mlp|lightgbm", Required = true, Description = "How to train" };

    private readonly Option<string?> positive = new("--positive") { HelpName = "VALUE", Description = "Label value that counts as positive; default: the rarer one" };

    private readonly Option<int?> shards = new("--shards") { HelpName = "N", Description = "Workers that compute gradients side by side; default: 2 where the trainer can, else 1" };

    private readonly Option<int?> epochs = new("--epochs") { HelpName = "E", Description = "Passes over the rows, or boosting rounds; default: the trainer's" };

    private readonly Option<int> seed = new("--seed") { HelpName = "S", Description = "The same seed gives the same model", DefaultValueFactory = _ => 1 };

    private readonly Option<double> holdout = new("--holdout")
    {
        HelpName = "FRACTION",
        Description = "Share of rows kept from training",
        DefaultValueFactory = _ => 0.2,
    };

    private readonly Option<string[]> settings = new("--set")
    {
        HelpName = "NAME=NUMBER",
        Description = "A hyperparameter of the trainer; may be repeated",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> tiers = new("--tier") { HelpName = "on-demand|spot|reserved|owned", Description = "Train on devices of this tier only; may be repeated; default: all, spot first" };

    private readonly Option<string?> deviceModel = new("--device-model") { HelpName = "MODEL", Description = "Train on devices of this model only" };

    private readonly Option<bool> detach = new("--no-wait") { Description = "Return when the run is started, not when it ends" };

    private TrainCommand()
    {
    }

    public static Command Create()
    {
        var train = new TrainCommand();
        return new Command("train", "Train a model version on a dataset and register it")
        {
            train.model, train.dataset, train.label, train.trainer, train.positive, train.shards, train.epochs, train.seed, train.holdout, train.settings, train.tiers, train.deviceModel, train.detach,
        }.Does(train.Run);
    }

    internal static Dictionary<string, double> Hyperparameters(IEnumerable<string> settings)
    {
        var parsed = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !double.TryParse(setting.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                throw new UsageException($"'{setting}' sets no hyperparameter.", "--set", "Write NAME=NUMBER, e.g. --set learningRate=0.01.");
            }

            parsed[setting[..equals]] = value;
        }

        return parsed;
    }

    private async Task<int> Run(CommandRun run)
    {
        var started = await run.Client.TrainingRuns.Start(Spec(run), cancellation: run.Cancellation);
        if (run.Value(detach))
        {
            return run.Show(started, TrainingViews.Run);
        }

        var ended = run.Json
            ? await run.Client.TrainingRuns.WaitForTraining(started.Id, cancellation: run.Cancellation)
            : await TrainingProgress.Watch(run.Output.People, run.Client, started, run.Cancellation);
        if (ended.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        run.Show(ended, TrainingViews.Run);
        return ended.Status == TrainingStatus.Completed ? ExitCode.Done : ExitCode.Refused;
    }

    private TrainingSpec Spec(CommandRun run)
    {
        var source = NamedVersion.Parse(run.Value(dataset)!);
        var hyperparameters = Hyperparameters(run.Value(settings) ?? []);
        return new TrainingSpec(
            run.Value(model),
            new DatasetVersionKey(Tenant.Default, source.Name, source.Version ?? 0),
            run.Value(label)!,
            run.Value(trainer)!,
            run.Value(positive),
            run.Value(shards),
            run.Value(epochs),
            run.Value(seed),
            run.Value(holdout),
            hyperparameters.Count == 0 ? null : hyperparameters,
            Endpoints.ServingArguments.Placement(run.Value(tiers), run.Value(deviceModel)));
    }
}
