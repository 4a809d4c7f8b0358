namespace AiFactory.Cli.Rendering;

/// <summary>A histogram in a line of text.</summary>
internal static class Sparkline
{
    private const string Levels = "▁▂▃▄▅▆▇█";

    /// <summary>One block a count, its height proportional to the count; blank for none.</summary>
    public static string Of(IReadOnlyList<long> counts)
    {
        var most = counts.Count == 0 ? 0 : counts.Max();
        return string.Create(counts.Count, (counts, most), static (text, state) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var count = state.counts[i];
                text[i] = count <= 0 ? ' ' : Levels[(int)Math.Min(Levels.Length - 1, count * Levels.Length / (double)state.most)];
            }
        });
    }
}
