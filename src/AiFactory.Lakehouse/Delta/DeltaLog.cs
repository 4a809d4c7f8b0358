using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Delta;

/// <summary>
/// The transaction log of one Delta table: <c>_delta_log/00000000000000000000.json</c> and so on, one action a line. A commit takes effect
/// by its file appearing, which <see cref="IObjectStore.PutIfAbsent"/> lets happen once for each number.
/// </summary>
internal sealed class DeltaLog(IObjectStore store, string tableFolder)
{
    /// <summary>The number the next commit will have; commits are numbered from 0 without gaps.</summary>
    public long NextCommit()
    {
        long absent = 0;
        while (store.Exists(CommitPath(absent))) absent = (absent * 2) + 1;
        var present = absent == 0 ? -1 : (absent - 1) / 2;
        while (absent - present > 1)
        {
            var middle = present + ((absent - present) / 2);
            if (store.Exists(CommitPath(middle))) present = middle;
            else absent = middle;
        }

        return absent;
    }

    /// <summary>The actions of a commit that is there, each with its name.</summary>
    public IEnumerable<(string Name, JsonElement Body)> Read(long commit)
    {
        using var reader = new StreamReader(store.OpenRead(CommitPath(commit)), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            var action = JsonSerializer.Deserialize<JsonElement>(line).EnumerateObject().First();
            yield return (action.Name, action.Value);
        }
    }

    /// <summary>Publishes the actions together as commit number <paramref name="commit"/>; false when another has that number.</summary>
    public Task<bool> TryCommit(long commit, IEnumerable<JsonObject> actions, CancellationToken cancellation) =>
        store.PutIfAbsent(CommitPath(commit), Encoding.UTF8.GetBytes(string.Concat(actions.Select(action => action.ToJsonString() + "\n"))), cancellation);

    private string CommitPath(long commit) => string.Create(CultureInfo.InvariantCulture, $"{tableFolder}/_delta_log/{commit:D20}.json");
}
