using System.Security.Cryptography;
using AiFactory.Storage;

namespace AiFactory.Lakehouse.Objects;

/// <summary>
/// Objects as files under one folder. Every object is written aside in <c>.scratch</c>, synced, and then named, so that no reader and no
/// crash ever sees half of one.
/// </summary>
internal sealed class LocalObjectStore : IObjectStore
{
    private const int CopyBufferBytes = 256 * 1024;
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    /// <summary>More than the clock of any file system leaves out.</summary>
    private static readonly TimeSpan StampStep = TimeSpan.FromSeconds(2);
    private readonly string root;
    private readonly string scratch;

    /// <param name="root">Made if it is not there. What killed processes left unfinished in it a day ago or longer is removed.</param>
    public LocalObjectStore(string root, TimeProvider time)
    {
        this.root = Path.GetFullPath(root);
        scratch = ScratchFolder(this.root);
        foreach (var entry in Directory.CreateDirectory(scratch).EnumerateFileSystemInfos())
        {
            if (time.GetUtcNow() - entry.LastWriteTimeUtc < AbandonedAfter) continue;
            if (entry is DirectoryInfo folder) folder.Delete(recursive: true);
            else entry.Delete();
        }
    }

    /// <summary>Where unfinished work on the objects of a store lies: on the store's own file system, and no object itself.</summary>
    public static string ScratchFolder(string root) => Path.Combine(Path.GetFullPath(root), ".scratch");

    public string Place => root;

    public async Task<StoredContent> PutContent(Stream content, CancellationToken cancellation)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        var temp = TempFile();
        return await Whole(temp, async () =>
        {
            await using (var file = NewFile(temp))
            {
                var buffer = new byte[CopyBufferBytes];
                for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0; size += read)
                {
                    sha.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
                }

                file.Flush(flushToDisk: true);
            }

            return NameContent(temp, Convert.ToHexStringLower(sha.GetHashAndReset()), size);
        });
    }

    public void TakeBack(string sha256, DateTime stamp)
    {
        var (file, aside) = (LocalPath(ContentPath(sha256)), TempFile());
        if (File.GetLastWriteTimeUtc(file) != stamp) return;
        try
        {
            File.Move(file, aside);
        }
        catch (FileNotFoundException)
        {
            return;
        }

        // Whoever came between the look and the move gets it back; whoever comes after it finds nothing, and keeps its own.
        if (File.GetLastWriteTimeUtc(aside) != stamp) _ = NewName.TryGive(aside, file);
        else if (LocalPath($"folders/{sha256}") is var folder && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        File.Delete(aside);
    }

    public string ContentPath(string sha256) => ContentAddress.Path(sha256);

    public Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Put(path, bytes, replace: true, cancellation);

    public Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => Put(path, bytes, replace: false, cancellation);

    public Task PutFile(string path, string file, CancellationToken cancellation) => Whole(file, () =>
    {
        using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
        return Task.FromResult(Name(file, path, replace: true));
    });

    public bool Exists(string path) => File.Exists(LocalPath(path));

    public Stream OpenRead(string path)
    {
        var file = LocalPath(path);
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, CopyBufferBytes, FileOptions.SequentialScan);
        }
        catch (DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"There is no object '{path}'.", file);
        }
    }

    public string LocalPath(string path) => Path.Combine(root, ObjectPath.Check(path).Replace('/', Path.DirectorySeparatorChar));

    public string LocalFolder(string name, IReadOnlyDictionary<string, string> files)
    {
        var folder = LocalPath($"folders/{name}");
        if (Directory.Exists(folder)) return folder;
        var temp = Directory.CreateDirectory(TempFile()).FullName;
        foreach (var (path, source) in files)
        {
            var file = Path.Combine(temp, ObjectPath.Check(path).Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var from = LocalPath(source);
            if (!File.Exists(from)) throw new FileNotFoundException($"There is no object '{source}'.", from);
            // A second name for the same bytes; where the file system has none, a copy.
            if (!NewName.TryLink(from, file)) File.Copy(from, file);
        }

        MakeFolder(Path.GetDirectoryName(folder)!);
        try
        {
            Directory.Move(temp, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Somebody else made the same one at the same time.
            Directory.Delete(temp, recursive: true);
        }

        return folder;
    }

    public IReadOnlyList<string> List(string folder)
    {
        var under = LocalPath(folder);
        return Directory.Exists(under)
            ? [.. Directory.EnumerateFiles(under, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)]
            : [];
    }

    public IReadOnlyList<string> ListFolders(string folder) => Directory.Exists(LocalPath(folder))
        ? [.. Directory.EnumerateDirectories(LocalPath(folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    public void Delete(string path)
    {
        var file = LocalPath(path);
        if (File.Exists(file)) File.Delete(file);
    }

    private Task<bool> Put(string path, ReadOnlyMemory<byte> bytes, bool replace, CancellationToken cancellation)
    {
        ObjectPath.Check(path);
        var temp = TempFile();
        return Whole(temp, async () =>
        {
            await using (var file = NewFile(temp))
            {
                await file.WriteAsync(bytes, cancellation);
                file.Flush(flushToDisk: true);
            }

            return Name(temp, path, replace);
        });
    }

    // The time of a content's last write is its stamp: it says nothing else of bytes that never change.
    private StoredContent NameContent(string temp, string sha256, long size)
    {
        var (path, stamp) = (ContentPath(sha256), File.GetLastWriteTimeUtc(temp));
        while (true)
        {
            if (Name(temp, path, replace: false)) return new(sha256, size, stamp, Former: null);
            var file = LocalPath(path);
            try
            {
                var former = File.GetLastWriteTimeUtc(file);
                File.SetLastWriteTimeUtc(file, former + StampStep);
                return new(sha256, size, former + StampStep, former);
            }
            catch (FileNotFoundException)
            {
                // Taken back this moment by whoever brought it.
            }
        }
    }

    /// <summary>Gives a synced file its name. False where the name is taken and not to be replaced.</summary>
    private bool Name(string temp, string path, bool replace)
    {
        var file = LocalPath(path);
        MakeFolder(Path.GetDirectoryName(file)!);
        if (replace)
        {
            File.Move(temp, file, overwrite: true);
        }
        else if (!NewName.TryGive(temp, file))
        {
            return false;
        }

        FolderSync.Flush(Path.GetDirectoryName(file)!);
        return true;
    }

    private void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder)!;
        if (folder != root) MakeFolder(parent);
        Directory.CreateDirectory(folder);
        FolderSync.Flush(parent);
    }

    /// <summary>Leaves no temporary file behind, whatever happens, and tells a full disk by its name.</summary>
    private static async Task<T> Whole<T>(string temp, Func<Task<T>> write)
    {
        try
        {
            return await write();
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

    private string TempFile() => Path.Combine(scratch, Guid.CreateVersion7().ToString("N"));

    // Unbuffered: callers write whole buffers, and a buffer flushed by Dispose would raise a full disk's error a second time.
    private static FileStream NewFile(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
}
