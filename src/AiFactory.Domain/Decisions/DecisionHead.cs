using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Decisions;

/// <summary>What those who count decisions need of a <see cref="DecisionRecord"/>; its fields mean the same.</summary>
public readonly record struct DecisionHead(
    DateTimeOffset At,
    string Tenant,
    string Endpoint,
    long Revision,
    string Variant,
    string Model,
    int ModelVersion,
    bool PositivePredicted,
    string Worker,
    Picodollars Cost,
    DecisionKind Kind,
    long Original = -1)
{
    /// <summary>Whether it counts in experiments.</summary>
    public bool Counts => Kind is DecisionKind.Model or DecisionKind.Cached;

    public static DecisionHead Of(DecisionRecord record) => new(
        record.At, record.Tenant, record.Endpoint, record.Revision, record.Variant, record.Model, record.ModelVersion, record.PositivePredicted, record.Worker, record.Cost, record.Kind, record.Original);
}
