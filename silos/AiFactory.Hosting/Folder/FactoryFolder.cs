using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Hosting.Folder;

/// <summary>The folder that holds all of one factory's state, owned by one process at a time.</summary>
public sealed class FactoryFolder : IDisposable
{
    private readonly FileStream _lock;

    private FactoryFolder(string path, FileStream held) => (Root, _lock) = (path, held);

    public string Root { get; }

    public string Objects => Path.Combine(Root, "objects");

    public string StateDatabase => Path.Combine(Root, "state", "orleans.db");

    public string StateFolder => Path.Combine(Root, "state");

    public string ReadyFile => Path.Combine(Root, "factory.json");

    /// <summary>The first API key, where requests need one; readable by the factory's user only.</summary>
    public string ApiKeyFile => Path.Combine(Root, "api-key");

    public string LogFile => Path.Combine(Root, "silo.log");

    // Beside the lock, because a locked file cannot be read by others.
    private static string HolderFile(string root) => Path.Combine(root, "factory.pid");

    public string DecisionLog(string siloName) => Path.Combine(Root, "log", siloName);

    /// <summary>Creates the folder if need be, and takes it for this process until disposed; the system frees it if the process dies.</summary>
    /// <exception cref="RefusedException"><c>folder-in-use</c>, naming the process that has it; <c>folder-unusable</c>.</exception>
    public static FactoryFolder Open(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(root);
            var held = new FileStream(Path.Combine(root, "factory.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(HolderFile(root), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            // What a killed process left there is not true any more.
            File.Delete(Path.Combine(root, "factory.json"));
            return new FactoryFolder(root, held);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new RefusedException(Unusable(root, exception), exception);
        }
        catch (IOException exception)
        {
            throw new RefusedException(IsHeld(root) ? InUse(root) : Unusable(root, exception), exception);
        }
    }

    public void Dispose()
    {
        File.Delete(HolderFile(Root));
        _lock.Dispose();
    }

    private static bool IsHeld(string root)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(root, "factory.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static Refusal InUse(string root)
    {
        var holder = File.Exists(HolderFile(root)) ? $"process {File.ReadAllText(HolderFile(root)).Trim()}" : "another process";
        return new("folder-in-use", RefusalKind.Conflict, $"The folder {root} belongs to a running factory, {holder}.", root,
            "Use that factory, stop it with factory down, or give this one another folder with --data.");
    }

    private static Refusal Unusable(string root, Exception cause) => new("folder-unusable", RefusalKind.Unprocessable,
        $"The folder {root} cannot be used: {cause.Message}", root, "Give a folder that this user may write to with --data.");
}
