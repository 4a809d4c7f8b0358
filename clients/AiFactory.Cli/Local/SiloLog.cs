namespace AiFactory.Cli.Local;

/// <summary>The file a local factory's output goes to.</summary>
internal static class SiloLog
{
    private const int TailLines = 20;
    private const int TailBytesMax = 64 * 1024;

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "silo.log");

    /// <summary>Bytes in the log; 0 when there is none.</summary>
    public static long Length(string dataFolder) => new FileInfo(PathIn(dataFolder)) is { Exists: true } file ? file.Length : 0;

    /// <summary>The last lines written after <paramref name="from"/> bytes.</summary>
    public static string Tail(string dataFolder, long from = 0)
    {
        try
        {
            using var stream = new FileStream(PathIn(dataFolder), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = Math.Min(stream.Length, Math.Max(from, stream.Length - TailBytesMax));
            using var reader = new StreamReader(stream);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return string.Join('\n', lines.TakeLast(TailLines));
        }
        catch (FileNotFoundException)
        {
            return string.Empty;
        }
    }
}
