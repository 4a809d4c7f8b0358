using System.Globalization;
using AiFactory.Domain.Training;
using AiFactory.Engines.Training;

namespace AiFactory.Trainers.Tests.Support;

/// <summary>The product's sample of 5,000 telecom customers as a training table.</summary>
internal static class ChurnTable
{
    private static readonly string[] Categorical = ["state", "area_code", "international_plan", "voice_mail_plan"];

    private static readonly Lazy<TrainingTable> Loaded = new(Load);

    public static TrainingTable Table => Loaded.Value;

    public static TrainingTask Task(int seed = 1, int epochs = 3, int? rows = null, params (string Name, double Value)[] hyperparameters)
    {
        var table = rows is { } count ? Head(count) : Table;
        var split = HoldoutSplit.Draw(table.Rows, 0.2, seed);
        return new(table, split.TrainRows, split.HoldoutRows, epochs, seed, hyperparameters.ToDictionary(pair => pair.Name, pair => pair.Value));
    }

    /// <summary>The table with every n-th value of every column missing, each column at other rows.</summary>
    public static TrainingTable WithMissing(TrainingTable table, int every)
    {
        var columns = table.Features.Select((FeatureColumn column, int c) => column switch
        {
            NumericColumn numeric => new NumericColumn(column.Name, [.. numeric.Values.Select((value, row) => (row + c) % every == 0 ? float.NaN : value)]),
            CategoricalColumn text => new CategoricalColumn(column.Name, [.. text.Values.Select((value, row) => (row + c) % every == 0 ? "" : value)]),
            _ => column,
        });
        return table with { Features = [.. columns] };
    }

    private static TrainingTable Head(int rows) => Table with
    {
        Labels = Table.Labels[..rows],
        Features =
        [
            .. Table.Features.Select(FeatureColumn (column) => column is NumericColumn numeric
                ? new NumericColumn(column.Name, numeric.Values[..rows])
                : new CategoricalColumn(column.Name, ((CategoricalColumn)column).Values[..rows])),
        ],
    };

    private static TrainingTable Load()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AiFactory.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
        }

        var lines = File.ReadAllLines(Path.Combine(folder.FullName, "clients", "AiFactory.Cli", "Demo", "Data", "churn.csv"));
        var names = lines[0].Split(',');
        var rows = lines[1..].Select(line => line.Split(',')).ToArray();
        var features = names[..^1].Select(FeatureColumn (name, c) => Categorical.Contains(name)
            ? new CategoricalColumn(name, [.. rows.Select(row => string.Intern(row[c]))])
            : new NumericColumn(name, [.. rows.Select(row => float.Parse(row[c], CultureInfo.InvariantCulture))]));
        return new([.. features], [.. rows.Select(row => row[^1] == "yes")], "churn", "no", "yes");
    }
}
