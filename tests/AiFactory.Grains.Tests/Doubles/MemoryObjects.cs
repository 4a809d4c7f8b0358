using System.Collections.Concurrent;
using System.Security.Cryptography;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>An object store in memory.</summary>
internal sealed class MemoryObjects : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();

    public async Task<StoredContent> PutContent(Stream content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellation);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
        _objects[ContentPath(sha256)] = bytes.ToArray();
        return new StoredContent(sha256, bytes.Length, default, default(DateTime));
    }

    public void TakeBack(string sha256, DateTime stamp) => throw new NotSupportedException("Nothing here is ever new.");

    public string ContentPath(string sha256) => $"content/{sha256}";

    public Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        _objects[path] = bytes.ToArray();
        return Task.CompletedTask;
    }

    public Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Task.FromResult(_objects.TryAdd(path, bytes.ToArray()));

    public bool Exists(string path) => _objects.ContainsKey(path);

    public Stream OpenRead(string path) => _objects.TryGetValue(path, out var bytes) ? new MemoryStream(bytes) : throw new FileNotFoundException(path);

    public string LocalPath(string path) => throw new NotSupportedException("These objects have no files.");

    public string LocalFolder(string name, IReadOnlyDictionary<string, string> files) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string folder) => [.. _objects.Keys.Where(path => path.StartsWith($"{folder}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Delete(string path) => _objects.TryRemove(path, out _);
}
