namespace AiFactory.Grains.Storage;

internal static class PersistentStateWriting
{
    /// <summary>Writes a new state; when that fails the grain goes on with the state that storage has, not with one that only it knows.</summary>
    public static async Task Save<T>(this IPersistentState<T> state, T next)
    {
        var before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = before;
            throw;
        }
    }
}
