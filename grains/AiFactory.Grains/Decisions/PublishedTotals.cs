using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Decisions;

/// <summary>
/// Totals of all logs in the object store, as <c>totals/LOG/GENERATION-POSITION-FIGURES.json</c>, the numbers in hex of one width. The name that comes last is the
/// latest, whatever order the objects were written in; earlier ones are deleted by whoever wrote a later one.
/// </summary>
internal sealed class PublishedTotals(IObjectStore objects)
{
    private const int ReadsMax = 5;

    /// <summary>The latest totals of a log, or null when none were published.</summary>
    public async Task<LogTotals?> Read(string log, CancellationToken cancellation)
    {
        for (var read = 1; ; read++)
        {
            if (Names(log) is not [.., var latest])
                return null;
            try
            {
                await using var stream = objects.OpenRead(latest);
                var totals = await JsonSerializer.DeserializeAsync<LogTotals>(stream, FactoryJson.Options, cancellation);
                return totals is { Format: LogTotals.CurrentFormat } ? totals : null;
            }
            catch (FileNotFoundException) when (read < ReadsMax)
            {
                // Later ones came meanwhile, and these were deleted.
            }
        }
    }

    /// <summary>Publishes totals, and deletes those that they are later than.</summary>
    public async Task Publish(LogTotals totals, CancellationToken cancellation)
    {
        var name = Name(totals);
        await objects.Put(name, JsonSerializer.SerializeToUtf8Bytes(totals, FactoryJson.Options), cancellation);
        foreach (var earlier in Names(totals.Log).TakeWhile(other => string.CompareOrdinal(other, name) < 0))
        {
            objects.Delete(earlier);
        }
    }

    private static string Name(LogTotals totals) =>
        string.Create(CultureInfo.InvariantCulture, $"{Folder(totals.Log)}/{totals.Generation:x8}-{totals.Position:x16}-{totals.FiguresPosition:x16}.json");

    private static string Folder(string log) => $"totals/{log}";

    private List<string> Names(string log) => [.. objects.List(Folder(log)).Where(name => name.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
