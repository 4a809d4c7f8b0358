using AiFactory.Domain.Refusals;
using Microsoft.Data.Sqlite;

namespace AiFactory.Hosting.Storage;

/// <summary>Says plainly when grain state could not be kept for want of room.</summary>
internal sealed class FullDiskFilter : IIncomingGrainCallFilter
{
    private const int SqliteFull = 13;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteFull)
        {
            throw new RefusedException(new Refusal("state-store-full", RefusalKind.StorageFull, "The disk that keeps the factory's state is full; nothing was changed.",
                "data folder", "Make room on it, then try again."));
        }
    }
}
