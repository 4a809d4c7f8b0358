using System.Collections.Frozen;
using System.Security.Cryptography;

namespace AiFactory.Console;

/// <summary>The console's files, embedded in the assembly.</summary>
internal sealed class ConsoleAssets
{
    private const string Prefix = "Assets/";

    private readonly FrozenDictionary<string, Asset> byPath;

    private ConsoleAssets(FrozenDictionary<string, Asset> byPath) => this.byPath = byPath;

    /// <param name="Digest">Names the content, for caches.</param>
    internal sealed record Asset(ReadOnlyMemory<byte> Content, string ContentType, string Digest);

    public IEnumerable<string> Paths => byPath.Keys;

    public static ConsoleAssets Load()
    {
        var assembly = typeof(ConsoleAssets).Assembly;
        return new ConsoleAssets(assembly.GetManifestResourceNames()
            .Select(name => (Name: name.Replace('\\', '/'), Resource: name))
            .Where(pair => pair.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(
                pair => pair.Name[Prefix.Length..],
                pair =>
                {
                    using var stream = assembly.GetManifestResourceStream(pair.Resource)!;
                    var content = new byte[stream.Length];
                    stream.ReadExactly(content);
                    return new Asset(content, ContentTypeOf(pair.Name), Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
                },
                StringComparer.Ordinal));
    }

    /// <summary>The file at a path such as <c>views/cost.js</c>; null when there is none.</summary>
    public Asset? Find(string path) => byPath.GetValueOrDefault(path);

    private static string ContentTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
