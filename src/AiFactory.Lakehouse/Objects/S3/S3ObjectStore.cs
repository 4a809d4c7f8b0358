using System.Globalization;
using System.Security.Cryptography;

namespace AiFactory.Lakehouse.Objects.S3;

/// <summary>
/// Objects in a bucket. What libraries open as files is copied to this machine first, once for each version of an object. Every object carries the SHA-256 of its
/// bytes, which is checked when it is read.
/// </summary>
internal sealed class S3ObjectStore(S3Bucket bucket, ObjectCache cache, TimeProvider time) : IObjectStore, IDisposable
{
    private const string Keeps = "keeps";
    private const string CheckPath = "checks/conditional-write";

    // Content never changes: its copies need no question whether they are of this version.
    private const string ContentFolder = "content/";
    private const string OnlyVersion = "";

    public string Place => bucket.Options.Place.ToString();

    public static S3ObjectStore Open(S3Options options, string cacheFolder, TimeProvider time) =>
        new(S3Bucket.Open(options), new ObjectCache(Path.GetFullPath(cacheFolder), options.CacheBytesMax, time), time);

    public async Task<StoredContent> PutContent(Stream content, CancellationToken cancellation)
    {
        var temp = cache.NewScratch();
        try
        {
            var (sha256, size) = await Spool(content, temp, cancellation).ConfigureAwait(false);

            // Before the look whether the bytes are there: who takes them back meanwhile sees that they are wanted.
            var keeps = await bucket.List($"{Keeps}/{sha256}", "", cancellation).ConfigureAwait(false);
            var former = keeps.Select(StampOf).DefaultIfEmpty().Max();
            var stamp = new DateTime(Math.Max(time.GetUtcNow().Ticks, former.Ticks + 1) + RandomNumberGenerator.GetInt32(1000), DateTimeKind.Utc);
            await Put(KeepPath(sha256, stamp), default, cancellation).ConfigureAwait(false);
            var path = ContentPath(sha256);
            var there = await bucket.Look(path, cancellation).ConfigureAwait(false) is not null;
            if (!there)
            {
                await Upload(path, temp, sha256, cancellation).ConfigureAwait(false);
            }

            foreach (var keep in keeps) await bucket.Delete(keep, cancellation).ConfigureAwait(false);
            cache.Take(path, OnlyVersion, temp);
            return new(sha256, size, stamp, there ? former : null);
        }
        catch (Exception exception) when (StorageFull.Is(exception))
        {
            StorageFull.Refuse(exception);
            throw;
        }
        finally
        {
            File.Delete(temp);
        }
    }

    public void TakeBack(string sha256, DateTime stamp) => Wait(async () =>
    {
        var (path, own) = (ContentPath(sha256), KeepPath(sha256, stamp));
        var keeps = await bucket.List($"{Keeps}/{sha256}", "", CancellationToken.None).ConfigureAwait(false);
        if (!keeps.Contains(own) || keeps.Count > 1) return false;
        var aside = $"taken-back/{sha256}-{Guid.CreateVersion7():N}";
        await bucket.Copy(path, aside, CancellationToken.None).ConfigureAwait(false);
        await bucket.Delete(own, CancellationToken.None).ConfigureAwait(false);
        await bucket.Delete(path, CancellationToken.None).ConfigureAwait(false);

        // Whoever came before the removal may have seen the bytes, and gets them back; whoever comes after it finds none, and puts its own.
        if ((await bucket.List($"{Keeps}/{sha256}", "", CancellationToken.None).ConfigureAwait(false)).Count > 0)
        {
            await bucket.Copy(aside, path, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            cache.RemoveFolder(sha256);
        }

        await bucket.Delete(aside, CancellationToken.None).ConfigureAwait(false);
        return true;
    });

    public string ContentPath(string sha256) => ContentAddress.Path(sha256);

    public Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Put(path, bytes, replace: true, cancellation);

    public Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Put(path, bytes, replace: false, cancellation);

    public async Task PutFile(string path, string file, CancellationToken cancellation)
    {
        ObjectPath.Check(path);
        string sha256;
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
        await using (stream.ConfigureAwait(false))
        {
            sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false));
        }

        await Upload(path, file, sha256, cancellation).ConfigureAwait(false);
        if (await bucket.Look(path, cancellation).ConfigureAwait(false) is { } facts && facts.Sha256 == sha256)
        {
            cache.Take(path, facts.Version, file);
        }
        else
        {
            File.Delete(file);
        }
    }

    public bool Exists(string path)
    {
        ObjectPath.Check(path);
        return Wait(() => bucket.Look(path, CancellationToken.None)) is not null;
    }

    public Stream OpenRead(string path) =>
        new FileStream(LocalPath(path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 256 * 1024, FileOptions.SequentialScan);

    public async Task<byte[]?> TryRead(string path, CancellationToken cancellation)
    {
        ObjectPath.Check(path);
        var bytes = new MemoryStream();
        return await bucket.Get(path, () => bytes, cancellation).ConfigureAwait(false) is null ? null : bytes.ToArray();
    }

    public string LocalPath(string path)
    {
        ObjectPath.Check(path);
        return Wait(() => Copy(path));
    }

    public string LocalFolder(string name, IReadOnlyDictionary<string, string> files)
    {
        foreach (var path in files.Keys) ObjectPath.Check(path);
        return cache.Folder(ObjectPath.Check(name), files.ToDictionary(file => file.Key, file => LocalPath(file.Value)));
    }

    public IReadOnlyList<string> List(string folder) => List(folder, "");

    public IReadOnlyList<string> List(string folder, string after)
    {
        ObjectPath.Check(folder);
        return Wait(() => bucket.List(folder, after, CancellationToken.None));
    }

    public IReadOnlyList<string> ListFolders(string folder)
    {
        ObjectPath.Check(folder);
        return Wait(() => bucket.ListFolders(folder, CancellationToken.None));
    }

    public void Delete(string path)
    {
        ObjectPath.Check(path);
        Wait(async () =>
        {
            await bucket.Delete(path, CancellationToken.None).ConfigureAwait(false);
            return true;
        });
    }

    public async Task Check(CancellationToken cancellation)
    {
        await PutIfAbsent(CheckPath, "first"u8.ToArray(), cancellation).ConfigureAwait(false);
        if (await PutIfAbsent(CheckPath, "second"u8.ToArray(), cancellation).ConfigureAwait(false)) throw S3Refusals.Unconditional(bucket.Options);
    }

    public void Dispose() => bucket.Dispose();

    private async Task<bool> Put(string path, ReadOnlyMemory<byte> bytes, bool replace, CancellationToken cancellation)
    {
        ObjectPath.Check(path);
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        return await bucket.Put(path, stream, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), replace, cancellation).ConfigureAwait(false);
    }

    private async Task Upload(string path, string file, string sha256, CancellationToken cancellation)
    {
        if (new FileInfo(file).Length > bucket.Options.UploadPartBytes)
        {
            await bucket.PutParts(path, file, sha256, cancellation).ConfigureAwait(false);
            return;
        }

        var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
        await using (stream.ConfigureAwait(false))
        {
            await bucket.Put(path, stream, sha256, replace: true, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> Copy(string path)
    {
        var immutable = path.StartsWith(ContentFolder, StringComparison.Ordinal);
        if (immutable && cache.Find(path, OnlyVersion) is { } known) return known;
        if (!immutable)
        {
            var facts = await bucket.Look(path, CancellationToken.None).ConfigureAwait(false) ?? throw Missing(path);
            if (cache.Find(path, facts.Version) is { } current) return current;
        }

        var temp = cache.NewScratch();
        try
        {
            var read = await bucket.Get(path, () => new FileStream(temp, FileMode.Create, FileAccess.Write, FileShare.None, 0), CancellationToken.None).ConfigureAwait(false)
                ?? throw Missing(path);
            return cache.Take(path, immutable ? OnlyVersion : read.Version, temp);
        }
        catch (Exception exception) when (StorageFull.Is(exception))
        {
            StorageFull.Refuse(exception);
            throw;
        }
        finally
        {
            File.Delete(temp);
        }
    }

    private static async Task<(string Sha256, long Size)> Spool(Stream content, string temp, CancellationToken cancellation)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        var file = new FileStream(temp, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            var buffer = new byte[256 * 1024];
            for (int read; (read = await content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0; size += read)
            {
                sha.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            }
        }

        return (Convert.ToHexStringLower(sha.GetHashAndReset()), size);
    }

    private static string KeepPath(string sha256, DateTime stamp) => $"{Keeps}/{sha256}/{stamp.Ticks.ToString("x16", CultureInfo.InvariantCulture)}";

    private static DateTime StampOf(string keep) => new(long.Parse(keep[(keep.LastIndexOf('/') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), DateTimeKind.Utc);

    private static FileNotFoundException Missing(string path) => new($"There is no object '{path}'.", path);

    // Callers of these are synchronous. Away from the caller's scheduler, which may be a grain's.
    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
