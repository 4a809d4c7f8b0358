using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Decisions;

/// <summary>What keeps a decision log.</summary>
public enum LogKind
{
    /// <summary>A silo: whoever asks its log is brought to it by name.</summary>
    Silo,

    /// <summary>A gateway that is no silo: its log answers as long as it keeps saying where it is.</summary>
    Client,
}

/// <summary>A decision log that is or was.</summary>
/// <param name="Name">First half of the ids of its decisions.</param>
/// <param name="FirstSeen">When it was entered first.</param>
/// <param name="Position">Where it ended when its owner was last heard of.</param>
/// <param name="HeardAt">When that was.</param>
public sealed record KnownLog(string Name, LogKind Kind, DateTimeOffset FirstSeen, long Position, DateTimeOffset HeardAt);

/// <summary>The catalog of all logs. Nothing is ever struck from it: a log whose owner is gone for good still holds its decisions.</summary>
public static class LogCatalogRules
{
    /// <summary>The catalog with a log that its owner told of; itself when that says nothing new.</summary>
    public static IReadOnlyList<KnownLog> Enter(IReadOnlyList<KnownLog> logs, string name, LogKind kind, long position, DateTimeOffset now)
    {
        var at = logs.Index().Where(log => log.Item.Name == name).Select(log => log.Index).DefaultIfEmpty(-1).First();
        if (at < 0)
            return [.. logs, new KnownLog(name, kind, now, position, now)];
        var known = logs[at];
        return known.Kind == kind && known.Position == position
            ? logs
            : [.. logs.Take(at), known with { Kind = kind, Position = position, HeardAt = now }, .. logs.Skip(at + 1)];
    }

    public static Ruling<KnownLog> Find(IReadOnlyList<KnownLog> logs, string name) => logs.FirstOrDefault(log => log.Name == name) is { } found
        ? found
        : new Refusal("decision-log-unknown", RefusalKind.NotFound, $"There is and was no decision log '{name}'.", name, "Check the decision id.");
}
