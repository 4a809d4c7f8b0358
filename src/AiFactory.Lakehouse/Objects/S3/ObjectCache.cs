using System.Security.Cryptography;
using System.Text;

namespace AiFactory.Lakehouse.Objects.S3;

/// <summary>
/// Copies of objects as files of this machine, bounded: those used longest ago go first, and none that was used in the last ten minutes, since a library that was
/// given its name may open it yet. Who has one open reads on when it goes.
/// </summary>
internal sealed class ObjectCache(string root, long bytesMax, TimeProvider time)
{
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(10);

    private readonly string files = Directory.CreateDirectory(Path.Combine(root, "copies")).FullName;
    private readonly string scratch = Directory.CreateDirectory(LocalObjectStore.ScratchFolder(root)).FullName;
    private readonly Lock trimming = new();
    private long bytes = Sum(Path.Combine(root, "copies"));

    /// <summary>A name that nobody has, on the same file system.</summary>
    public string NewScratch() => Path.Combine(scratch, Guid.CreateVersion7().ToString("N"));

    /// <summary>The copy of an object in one of its versions; null when there is none here.</summary>
    public string? Find(string path, string version)
    {
        var file = FileOf(path, version);
        try
        {
            File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
            return file;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Takes a finished file over as an object's copy.</summary>
    public string Take(string path, string version, string finished)
    {
        var file = FileOf(path, version);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Interlocked.Add(ref bytes, new FileInfo(finished).Length);
        File.Move(finished, file, overwrite: true);
        File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        Trim();
        return file;
    }

    /// <summary>A folder of copies under names of their own, made whole or not at all.</summary>
    public string Folder(string name, IReadOnlyDictionary<string, string> copies)
    {
        var folder = Path.Combine(root, "copied-folders", name);
        if (Directory.Exists(folder)) return folder;
        var temp = Directory.CreateDirectory(NewScratch()).FullName;
        foreach (var (path, copy) in copies)
        {
            var file = Path.Combine(temp, ObjectPath.Check(path).Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (!NewName.TryLink(copy, file)) File.Copy(copy, file);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        try
        {
            Directory.Move(temp, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(temp, recursive: true);
        }

        return folder;
    }

    public void RemoveFolder(string name)
    {
        var folder = Path.Combine(root, "copied-folders", name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private string FileOf(string path, string version)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{path}\n{version}")));
        return Path.Combine(files, name[..2], name);
    }

    private void Trim()
    {
        if (Interlocked.Read(ref bytes) <= bytesMax) return;
        lock (trimming)
        {
            var copies = new DirectoryInfo(files).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc).ToList();
            var total = copies.Sum(file => file.Length);
            var before = time.GetUtcNow().UtcDateTime - InUse;
            foreach (var copy in copies.TakeWhile(copy => total > bytesMax && copy.LastWriteTimeUtc < before))
            {
                total -= copy.Length;
                copy.Delete();
            }

            // Folders hold second names of copies that may be gone: those of no late use go too.
            var folders = new DirectoryInfo(Path.Combine(root, "copied-folders"));
            foreach (var folder in folders.Exists && total > bytesMax / 2 ? folders.EnumerateDirectories() : [])
            {
                if (folder.EnumerateFiles("*", SearchOption.AllDirectories).All(file => file.LastWriteTimeUtc < before)) folder.Delete(recursive: true);
            }

            Interlocked.Exchange(ref bytes, total);
        }
    }

    private static long Sum(string folder) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
}
