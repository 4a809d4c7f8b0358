namespace AiFactory.Lakehouse.Objects;

/// <summary>Bytes by path: a local folder or a bucket. Paths use '/', are relative, and never leave the store.</summary>
public interface IObjectStore
{
    /// <summary>Keeps a stream under its own SHA-256. The object appears whole or not at all; the same bytes again are no effect.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>object-store-full</c>: no room left; nothing is kept.</exception>
    Task<StoredContent> PutContent(Stream content, CancellationToken cancellation);

    /// <summary>
    /// Removes what <see cref="PutContent"/> kept, and the local folder made of it. Without effect when somebody has kept the same bytes after that stamp.
    /// </summary>
    /// <param name="stamp">As <see cref="StoredContent.Stamp"/>.</param>
    void TakeBack(string sha256, DateTime stamp);

    /// <summary>Where <see cref="PutContent"/> keeps these bytes.</summary>
    string ContentPath(string sha256);

    /// <summary>Writes or replaces an object atomically.</summary>
    Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Writes an object unless one is there; false when one is.</summary>
    Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Takes over a finished local file as an object, atomically, replacing one that is there. The file is gone afterwards.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>object-store-full</c>: no room left; nothing is kept.</exception>
    async Task PutFile(string path, string file, CancellationToken cancellation)
    {
        await Put(path, await File.ReadAllBytesAsync(file, cancellation), cancellation);
        File.Delete(file);
    }

    bool Exists(string path);

    /// <exception cref="FileNotFoundException">There is no such object.</exception>
    Stream OpenRead(string path);

    /// <summary>A local file with the object's bytes, for libraries that open files by name.</summary>
    string LocalPath(string path);

    /// <summary>A local folder in which objects lie under names of their own, for libraries that open several files side by side. Made once, whole or not at all.</summary>
    /// <param name="name">Names the folder: the same name always stands for the same files.</param>
    /// <param name="files">Object paths by path within the folder.</param>
    /// <exception cref="FileNotFoundException">An object is missing.</exception>
    string LocalFolder(string name, IReadOnlyDictionary<string, string> files);

    /// <summary>All bytes of an object that fits into memory; null when there is no such object. Leaves nothing behind on this machine.</summary>
    async Task<byte[]?> TryRead(string path, CancellationToken cancellation)
    {
        try
        {
            await using var stream = OpenRead(path);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, cancellation);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Paths of the objects that lie under a path, in order; empty when there are none.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>As <see cref="List(string)"/>, of those whose path comes after another, which need not exist.</summary>
    IReadOnlyList<string> List(string folder, string after) => [.. List(folder).Where(path => string.CompareOrdinal(path, after) > 0)];

    /// <summary>Names of the folders directly in a folder, in order.</summary>
    IReadOnlyList<string> ListFolders(string folder) =>
        [.. List(folder).Select(path => path[(folder.Length + 1)..].Split('/')).Where(steps => steps.Length > 1).Select(steps => steps[0]).Distinct(StringComparer.Ordinal)];

    /// <summary>Finds out whether the store can be used as it is configured.</summary>
    /// <exception cref="Domain.Refusals.RefusedException">Names what is wrong, where, and how to mend it.</exception>
    Task Check(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Where the objects are, for people.</summary>
    string Place => "object store";

    void Delete(string path);
}

/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Stamp">Tells this keeping of the bytes from any other.</param>
/// <param name="Former">Stamp of the keeping before; null: the bytes are new to the store.</param>
public sealed record StoredContent(string Sha256, long SizeBytes, DateTime Stamp, DateTime? Former);
