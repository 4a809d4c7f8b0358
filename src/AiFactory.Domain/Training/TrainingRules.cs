using System.Globalization;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>Which training runs are admitted.</summary>
public static class TrainingRules
{
    /// <summary>Most workers one run may use.</summary>
    public const int ShardsMax = 64;

    /// <summary>Workers of a run that names no number, where its trainer computes side by side.</summary>
    public const int ShardsDefault = 2;

    /// <summary>Most passes (or boosting rounds) one run may ask for.</summary>
    public const int EpochsMax = 100_000;

    /// <summary>
    /// Admits a run on a dataset version, as far as contract and profile tell; what only the rows tell is looked at again when they are read
    /// (<see cref="FeatureSelection.Classes"/>).
    /// </summary>
    /// <returns>The specification with shards, epochs and every hyperparameter filled in, or the first refusal.</returns>
    public static Ruling<TrainingSpec> Admit(TrainingSpec spec, DatasetVersion dataset, IReadOnlyList<TrainerDescription> trainers)
    {
        var trainer = trainers.FirstOrDefault(candidate => candidate.Name == spec.Trainer);
        if (trainer is null)
        {
            return new Refusal("trainer-unknown", RefusalKind.Unprocessable, $"There is no trainer '{spec.Trainer}'.", "trainer",
                $"Use one of: {string.Join(", ", trainers.Select(candidate => candidate.Name))}.");
        }

        var refusal = ResourceName.Check("model", spec.Model).Refusal
            ?? CheckNumbers(spec, trainer)
            ?? CheckHyperparameters(spec, trainer)
            ?? PlacementTerms.Check(spec.Placement ?? PlacementTerms.Any).Refusal
            ?? CheckRows(spec, dataset)
            ?? FeatureSelection.Features(dataset.Contract, spec.Label).Refusal
            ?? CheckLabel(spec, dataset);
        if (refusal is not null)
        {
            return refusal;
        }

        return spec with
        {
            Shards = spec.Shards ?? (trainer.Shards ? ShardsDefault : 1),
            Epochs = spec.Epochs ?? trainer.DefaultEpochs,
            Hyperparameters = Merge(trainer.Defaults, spec.Hyperparameters),
        };
    }

    /// <summary>Defaults overlaid with what was asked for, in ordinal order of names.</summary>
    public static IReadOnlyDictionary<string, double> Merge(
        IReadOnlyDictionary<string, double> defaults, IReadOnlyDictionary<string, double>? asked)
    {
        var merged = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in defaults)
        {
            merged[name] = asked is not null && asked.TryGetValue(name, out var own) ? own : value;
        }

        return merged;
    }

    private static Refusal? CheckNumbers(TrainingSpec spec, TrainerDescription trainer)
    {
        if (!(spec.HoldoutFraction is > 0 and < 1))
        {
            return Unprocessable("holdout-out-of-range", $"The holdout fraction {Text(spec.HoldoutFraction)} is not between 0 and 1.",
                "holdoutFraction", "Use e.g. 0.2 to keep a fifth of the rows from training.");
        }

        if (spec.Epochs is < 1 or > EpochsMax)
        {
            return Unprocessable("epochs-out-of-range", $"{spec.Epochs} epochs cannot be trained.", "epochs",
                string.Create(CultureInfo.InvariantCulture, $"Use 1 to {EpochsMax}, or leave it out for the trainer's default of {trainer.DefaultEpochs}."));
        }

        if (spec.Shards is < 1 or > ShardsMax)
        {
            return Unprocessable("shards-out-of-range", $"{spec.Shards} shards cannot be used.", "shards", $"Use 1 to {ShardsMax}.");
        }

        return spec.Shards > 1 && !trainer.Shards
            ? Unprocessable("shards-unsupported", $"Trainer '{trainer.Name}' computes on one worker only.", "shards", "Set shards to 1, or leave it out.")
            : null;
    }

    private static Refusal? CheckHyperparameters(TrainingSpec spec, TrainerDescription trainer)
    {
        foreach (var (name, value) in (spec.Hyperparameters ?? new Dictionary<string, double>()).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!trainer.Defaults.ContainsKey(name))
            {
                return Unprocessable("hyperparameter-unknown", $"Trainer '{trainer.Name}' has no hyperparameter '{name}'.", name,
                    $"It takes: {string.Join(", ", trainer.Defaults.Keys.Order(StringComparer.Ordinal))}.");
            }

            if (!double.IsFinite(value))
            {
                return Unprocessable("hyperparameter-out-of-range", $"Hyperparameter '{name}' is not a finite number.", name, "Use a finite number.");
            }
        }

        return null;
    }

    private static Refusal? CheckRows(TrainingSpec spec, DatasetVersion dataset)
    {
        if (dataset.Rows == 0)
        {
            return Unprocessable("dataset-empty", $"{spec.Dataset} has no rows.", spec.Dataset.ToString(), "Ingest a file with rows.");
        }

        if (dataset.Rows > Array.MaxLength)
        {
            return new Refusal("dataset-too-large", RefusalKind.TooLarge,
                $"{spec.Dataset} has {dataset.Rows} rows; a table in memory holds {Array.MaxLength}.", spec.Dataset.ToString(), "Ingest a sample of the rows.");
        }

        var holdout = HoldoutSplit.HoldoutCount(dataset.Rows, spec.HoldoutFraction);
        return holdout == 0 || dataset.Rows - holdout < 2
            ? Unprocessable("dataset-too-small", $"{dataset.Rows} rows split into {dataset.Rows - holdout} to learn from and {holdout} to judge by.",
                spec.Dataset.ToString(), "Ingest more rows, or choose another holdout fraction.")
            : null;
    }

    private static Refusal? CheckLabel(TrainingSpec spec, DatasetVersion dataset)
    {
        var profile = dataset.Profile.Columns.FirstOrDefault(column => column.Name == spec.Label);
        if (profile is null)
        {
            return null;
        }

        if (profile.TopValues is { } values && values.Count == profile.Distinct)
        {
            return FeatureSelection.Classes(spec.Label, [.. values, new ValueCount("", profile.Nulls)], spec.PositiveClass).Refusal;
        }

        return FeatureSelection.CheckClassCount(spec.Label, profile.Distinct);
    }

    private static Refusal Unprocessable(string code, string what, string where, string mend) =>
        new(code, RefusalKind.Unprocessable, what, where, mend);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
