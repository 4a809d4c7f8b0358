using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>Values that rules accept.</summary>
internal static class Samples
{
    public static readonly ModelSignature Signature = new([new TensorSpec("age", TensorDataType.Fp32, [1])], [new TensorSpec("probability", TensorDataType.Fp32, [1])]);

    public static readonly BinaryClasses Classes = new("probability", "no", "yes");

    public static DataContract Contract(string name, string version = "1") => new(name, version,
        [new ColumnContract("id", ColumnType.String, Required: true, Unique: true), new ColumnContract("age", ColumnType.Number), new ColumnContract("churn", ColumnType.String, Required: true)]);

    public static DatasetVersion Version(string dataset, int version, string ingestionId, DataContract contract, SourceFile source, DateTimeOffset now) => new(
        dataset, version, ingestionId, 100, 1, contract,
        new DatasetProfile(100,
        [
            new ColumnProfile("id", ColumnType.String, 100, 0, 100),
            new ColumnProfile("age", ColumnType.Number, 100, 0, 40, 18, 90, 50.5, 3.25, [1, 2, 3]),
            new ColumnProfile("churn", ColumnType.String, 100, 0, 2, TopValues: [new ValueCount("no", 80), new ValueCount("yes", 20)]),
        ]),
        source, [$"datasets/{dataset}/{version}.parquet"], [], now);

    public static SourceFile Source(string fileName, string seed) => new(fileName, Sha(seed), 1234);

    public static string Sha(string seed) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(seed)));

    public static Evaluation Evaluation(double auc = 0.91, double difference = 1e-7) =>
        new(20, new Estimate(auc, auc - 0.02, auc + 0.02), new Estimate(0.95, 0.93, 0.97), 0.2, difference);

    public static RegisterModelVersion Registration(string id, Evaluation? evaluation, ModelSignature? signature = null) => new(
        id, Sha(id), 4096, signature ?? Signature, Classes, new ModelOrigin(null, null, "m.onnx", "test"), "mlp",
        new Dictionary<string, string> { ["seed"] = "1" }, evaluation);

    public static TrainingSpec Spec(string dataset, string model, int shards = 2) =>
        new(model, new DatasetVersionKey("ignored", dataset, 0), "churn", "scripted", Shards: shards, Epochs: 3);

    public static TrainingResult Result(string seed) => new(Sha(seed), 4096, Signature, Classes, new Dictionary<string, string> { ["seed"] = "1" }, Evaluation());

    public static EpochMetrics Epoch(int epoch) => new(epoch, 0.5 / epoch, 0.6 / epoch, 0.9, 0.94, 0.1);
}
