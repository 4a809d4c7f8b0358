using AiFactory.Domain.Decisions;
using Orleans.Concurrency;

namespace AiFactory.Grains.Decisions;

/// <summary>Every decision log that is or was. Key: <see cref="Key"/>.</summary>
[Alias("aifactory.log-catalog"), Version(1)]
public interface ILogCatalogGrain : IGrainWithStringKey
{
    const string Key = "factory";

    /// <summary>A log's owner says that it is there. When this returns the log counts in every total from then on.</summary>
    [Alias("Enter")]
    Task Enter(string name, LogKind kind, long position);

    /// <summary>In the order they were first seen.</summary>
    [Alias("List"), AlwaysInterleave]
    Task<IReadOnlyList<KnownLog>> List();

    /// <exception cref="Domain.Refusals.RefusedException"><c>decision-log-unknown</c>.</exception>
    [Alias("Find"), AlwaysInterleave]
    Task<KnownLog> Find(string name);
}
