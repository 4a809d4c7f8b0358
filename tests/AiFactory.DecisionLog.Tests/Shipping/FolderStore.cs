using AiFactory.DecisionLog.Shipping;

namespace AiFactory.DecisionLog.Tests.Shipping;

/// <summary>A store of files, for tests with several processes.</summary>
internal sealed class FolderStore(string root) : IShippingStore
{
    public string Place => root;

    public bool PutIfAbsent(string path, ReadOnlyMemory<byte> bytes) => Put(path, bytes, replace: false);

    public void Put(string path, ReadOnlyMemory<byte> bytes) => Put(path, bytes, replace: true);

    public byte[]? Read(string path) => File.Exists(At(path)) ? File.ReadAllBytes(At(path)) : null;

    public IReadOnlyList<string> List(string folder, string after) => !Directory.Exists(At(folder))
        ? []
        : [.. Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))
            .Where(path => !path.EndsWith(".aside", StringComparison.Ordinal) && string.CompareOrdinal(path, after) > 0).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> ListFolders(string folder) => [.. Directory.EnumerateDirectories(At(folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Delete(string path) => File.Delete(At(path));

    private string At(string path) => Path.Combine(root, path);

    private bool Put(string path, ReadOnlyMemory<byte> bytes, bool replace)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        if (!replace && File.Exists(At(path)))
        {
            return false;
        }

        var aside = $"{At(path)}.{Guid.CreateVersion7():n}.aside";
        File.WriteAllBytes(aside, bytes.Span);
        File.Move(aside, At(path), replace);
        return true;
    }
}
