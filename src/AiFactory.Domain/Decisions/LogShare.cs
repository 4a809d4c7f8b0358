namespace AiFactory.Domain.Decisions;

/// <summary>Where a log's share of a total came from.</summary>
public enum LogState
{
    /// <summary>From its owner, who counted every record that was there when asked.</summary>
    Live,

    /// <summary>Its owner does not answer: from what it last published.</summary>
    Published,

    /// <summary>Its owner does not answer and has published nothing: not in the total.</summary>
    Unknown,
}

/// <summary>How a log counts in a total.</summary>
/// <param name="Position">Every record before this address counts; where nothing is known of them, where the log is known to have reached.</param>
/// <param name="AsOf">When that was so; null where nothing is known.</param>
public sealed record LogStanding(string Log, LogKind Kind, LogState State, long Position, DateTimeOffset? AsOf);

/// <summary>What one log adds to a total.</summary>
/// <param name="Share">Null where nothing is known of it.</param>
public sealed record LogShare<T>(LogStanding Standing, T? Share)
    where T : class;
