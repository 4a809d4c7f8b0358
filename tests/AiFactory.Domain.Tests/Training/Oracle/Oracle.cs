using System.Text.Json;
using AiFactory.Domain.Serialization;

namespace AiFactory.Domain.Tests.Training.Oracle;

/// <summary>Figures of scikit-learn and scipy, written by generate.py.</summary>
public sealed record Oracle(MetricsCase[] Metrics, BootstrapCase[] Bootstrap, StandardiserCase[] Standardisers, RandomCase Random)
{
    public static Oracle Read()
    {
        using var stream = typeof(Oracle).Assembly.GetManifestResourceStream("oracle.json")!;
        return JsonSerializer.Deserialize<Oracle>(stream, FactoryJson.Options)!;
    }

    public MetricsCase Case(string name) => Metrics.Single(entry => entry.Name == name);
}

public sealed record MetricsCase(string Name, float[] Scores, bool[] Labels, double Auc, double Accuracy, double LogLoss);

public sealed record BootstrapCase(string Name, int Seed, int Resamples, double[] Auc, double[] Accuracy, double[] ScipyAuc);

public sealed record StandardiserCase(string Name, float?[] Values, double Mean, double Scale, double?[] Standardised);

public sealed record RandomCase(int Seed, string Stream, long Index, string[] Words);
