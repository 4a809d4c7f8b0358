using AiFactory.Lakehouse.Objects;

namespace AiFactory.Gateway.Models;

/// <summary>
/// What one import brings into the object store. Unless it is kept, it goes again with the import: only what was not there before, and nobody else has
/// brought since.
/// </summary>
internal sealed class ImportedContent(IObjectStore objects) : IDisposable
{
    private readonly Dictionary<string, DateTime> _new = new(StringComparer.Ordinal);
    private bool _kept;

    public async Task<StoredContent> Put(Stream content, CancellationToken cancellation)
    {
        var stored = await objects.PutContent(content, cancellation);
        if (stored.Former is null || (_new.TryGetValue(stored.Sha256, out var own) && own == stored.Former))
        {
            _new[stored.Sha256] = stored.Stamp;
        }

        return stored;
    }

    public Stream OpenRead(string sha256) => objects.OpenRead(objects.ContentPath(sha256));

    /// <summary>A model version is made of it, or may be.</summary>
    public void Keep() => _kept = true;

    public void Dispose()
    {
        foreach (var (sha256, stamp) in _kept ? [] : _new)
        {
            objects.TakeBack(sha256, stamp);
        }
    }
}
