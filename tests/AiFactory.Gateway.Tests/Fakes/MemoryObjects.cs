using System.Collections.Concurrent;
using System.Security.Cryptography;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Gateway.Fakes;

internal sealed class MemoryObjects : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();

    private readonly ConcurrentDictionary<string, DateTime> _stamps = new();

    public bool Full { get; set; }

    public byte[] this[string path] => _objects[path];

    public async Task<StoredContent> PutContent(Stream content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellation);
        if (Full)
        {
            throw new RefusedException(new("object-store-full", RefusalKind.StorageFull, "No room left."));
        }

        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
        _objects[ContentPath(sha)] = bytes.ToArray();
        var stamp = _stamps.AddOrUpdate(sha, DateTime.UnixEpoch, static (_, before) => before.AddSeconds(1));
        return new(sha, bytes.Length, stamp, stamp == DateTime.UnixEpoch ? null : stamp.AddSeconds(-1));
    }

    public void TakeBack(string sha256, DateTime stamp)
    {
        if (_stamps.TryRemove(new KeyValuePair<string, DateTime>(sha256, stamp)))
        {
            _objects.TryRemove(ContentPath(sha256), out _);
        }
    }

    /// <summary>Content kept, in order.</summary>
    public IReadOnlyList<string> Contents => List("content");

    public string ContentPath(string sha256) => $"content/{sha256}";

    public Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (Full)
        {
            throw new RefusedException(new("object-store-full", RefusalKind.StorageFull, "No room left."));
        }

        _objects[path] = bytes.ToArray();
        return Task.CompletedTask;
    }

    public Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Task.FromResult(_objects.TryAdd(path, bytes.ToArray()));

    public bool Exists(string path) => _objects.ContainsKey(path);

    public Stream OpenRead(string path) => new MemoryStream(_objects[path]);

    public string LocalPath(string path) => throw new NotSupportedException();

    public string LocalFolder(string name, IReadOnlyDictionary<string, string> files) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string folder) => [.. _objects.Keys.Where(path => path.StartsWith($"{folder}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Delete(string path) => _objects.TryRemove(path, out _);
}
