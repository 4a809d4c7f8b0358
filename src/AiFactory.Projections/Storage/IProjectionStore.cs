using AiFactory.DecisionLog;

namespace AiFactory.Projections.Storage;

/// <summary>What a log reader feeds. Used by one caller at a time.</summary>
internal interface IProjectionStore : IDisposable
{
    /// <summary>Where reading of a log goes on; 0 for a log never read.</summary>
    long Position(string log);

    /// <summary>Whether it holds what was read from a log of another name.</summary>
    bool HoldsOtherThan(string log);

    /// <summary>Applies records and moves the position to <paramref name="next"/> in one transaction: both, or neither.</summary>
    void Apply(string log, IReadOnlyList<LogHead> records, long next);

    /// <summary>Puts a copy of all there is aside, then forgets it, positions too: reading begins anew.</summary>
    /// <returns>The copy's path.</returns>
    string BeginAnew();
}
