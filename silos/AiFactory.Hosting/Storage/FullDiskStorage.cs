using AiFactory.Domain.Refusals;
using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace AiFactory.Hosting.Storage;

/// <summary>Says plainly when grain state could not be kept for want of room.</summary>
internal sealed class FullDiskStorage(IGrainStorage inner) : IGrainStorage
{
    private const int SqliteFull = 13;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Named(inner.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Named(inner.ClearStateAsync(stateName, grainId, grainState));

    private static async Task Named(Task writing)
    {
        try
        {
            await writing;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteFull)
        {
            throw new RefusedException(new Refusal("state-store-full", RefusalKind.StorageFull, "The disk that keeps the factory's state is full; nothing was changed.",
                "data folder", "Make room on it, then try again."));
        }
    }
}
