using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Tests.Training;

public sealed class TrainingRulesTests
{
    private static readonly TrainerDescription[] Trainers =
    [
        new("mlp", true, 30, new Dictionary<string, double> { ["learning-rate"] = 0.003, ["dropout"] = 0 }),
        new("lightgbm", false, 200, new Dictionary<string, double> { ["leaves"] = 31 }),
    ];

    private static readonly TrainingSpec Spec = new("churn-mlp", new("default", "churn", 1), "churn", "mlp");

    [Fact]
    public void Admit_GoodSpec_FillsInDefaults()
    {
        var admitted = TrainingRules.Admit(Spec with { Hyperparameters = new Dictionary<string, double> { ["dropout"] = 0.1 } }, Version(), Trainers).OrThrow();

        Assert.Equal(30, admitted.Epochs);
        Assert.Equal([new("dropout", 0.1), new("learning-rate", 0.003)], admitted.Hyperparameters!);
    }

    [Fact]
    public void Admit_UnshardedTrainerOnOneWorker_IsAdmitted() =>
        Assert.Equal(200, TrainingRules.Admit(Spec with { Trainer = "lightgbm", Shards = 1 }, Version(), Trainers).OrThrow().Epochs);

    [Theory]
    [InlineData("mlp", 2)]
    [InlineData("lightgbm", 1)]
    public void Admit_NoShards_FillsInWhatTheTrainerCan(string trainer, int shards) =>
        Assert.Equal(shards, TrainingRules.Admit(Spec with { Trainer = trainer }, Version(), Trainers).OrThrow().Shards);

    public static TheoryData<string, string> BadSpecs => new()
    {
        { "trainer-unknown", "trainer" },
        { "name-invalid", "model" },
        { "holdout-out-of-range", "holdout 0" },
        { "holdout-out-of-range", "holdout 1" },
        { "holdout-out-of-range", "holdout NaN" },
        { "epochs-out-of-range", "epochs 0" },
        { "shards-out-of-range", "shards 0" },
        { "shards-unsupported", "shards of lightgbm" },
        { "hyperparameter-unknown", "hyperparameter" },
        { "hyperparameter-out-of-range", "hyperparameter NaN" },
        { "label-unknown", "label" },
        { "label-is-key", "label id" },
        { "label-many-classes", "label plan" },
        { "label-many-classes", "label minutes" },
        { "label-one-class", "label constant" },
        { "label-missing-values", "label gaps" },
        { "positive-class-unknown", "positive" },
    };

    [Theory]
    [MemberData(nameof(BadSpecs))]
    public void Admit_BadSpec_IsRefusedWithItsReason(string code, string fault)
    {
        var spec = fault switch
        {
            "trainer" => Spec with { Trainer = "svm" },
            "model" => Spec with { Model = "Churn!" },
            "holdout 0" => Spec with { HoldoutFraction = 0 },
            "holdout 1" => Spec with { HoldoutFraction = 1 },
            "holdout NaN" => Spec with { HoldoutFraction = double.NaN },
            "epochs 0" => Spec with { Epochs = 0 },
            "shards 0" => Spec with { Shards = 0 },
            "shards of lightgbm" => Spec with { Trainer = "lightgbm", Shards = 2 },
            "hyperparameter" => Spec with { Hyperparameters = new Dictionary<string, double> { ["layers"] = 3 } },
            "hyperparameter NaN" => Spec with { Hyperparameters = new Dictionary<string, double> { ["dropout"] = double.NaN } },
            "label" => Spec with { Label = "churned" },
            "positive" => Spec with { PositiveClass = "maybe" },
            _ => Spec with { Label = fault["label ".Length..] },
        };

        var refusal = TrainingRules.Admit(spec, Version(), Trainers).Refusal;

        Assert.Equal(code, refusal?.Code);
        Assert.False(string.IsNullOrEmpty(refusal?.Mend));
    }

    [Fact]
    public void Admit_EmptyDataset_IsRefused() =>
        Assert.Equal("dataset-empty", TrainingRules.Admit(Spec, Version(rows: 0), Trainers).Refusal?.Code);

    [Fact]
    public void Admit_TooFewRowsToHoldOut_IsRefused() =>
        Assert.Equal("dataset-too-small", TrainingRules.Admit(Spec, Version(rows: 2), Trainers).Refusal?.Code);

    [Fact]
    public void Admit_ManyClassesUnknownByValue_NamesTheirNumber() =>
        Assert.Contains("950", TrainingRules.Admit(Spec with { Label = "minutes" }, Version(), Trainers).Refusal?.What, StringComparison.Ordinal);

    private static DatasetVersion Version(long rows = 1000)
    {
        ColumnContract[] columns =
        [
            new("id", ColumnType.String, Required: true, Unique: true),
            new("minutes", ColumnType.Number),
            new("plan", ColumnType.String),
            new("constant", ColumnType.String),
            new("gaps", ColumnType.String),
            new("churn", ColumnType.String),
        ];
        ColumnProfile[] profiles =
        [
            new("minutes", ColumnType.Number, rows, 0, 950),
            new("plan", ColumnType.String, rows, 0, 3, TopValues: [new("a", 1), new("b", 2), new("c", 3)]),
            new("constant", ColumnType.String, rows, 0, 1, TopValues: [new("a", rows)]),
            new("gaps", ColumnType.String, rows, 5, 2, TopValues: [new("a", 10), new("b", rows - 15)]),
            new("churn", ColumnType.String, rows, 0, 2, TopValues: [new("no", 860), new("yes", 140)]),
        ];
        return new("churn", 1, "i", rows, 0, new("churn", "1.0.0", columns), new(rows, profiles), new("f", "0", 1), [], [], DateTimeOffset.UnixEpoch);
    }
}
