using System.Runtime.InteropServices;

namespace AiFactory.Lakehouse.Objects;

/// <summary>
/// Gives a file a name that nobody has, atomically. File.Move without overwriting is not enough: on Unix it looks first and then renames, so
/// that two at once may both succeed; link(2) lets exactly one.
/// </summary>
internal static partial class NewName
{
    private const int NameTaken = 17; // EEXIST, the same on Linux and macOS.

    /// <returns>False when the name is taken. The file may keep its old name beside the new one.</returns>
    public static bool TryGive(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(file, name);
        }

        if (Link(file, name) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NameTaken ? false : throw new IOException($"link to '{name}' failed: {Marshal.GetLastPInvokeErrorMessage()}", error);
    }

    /// <summary>Gives a file a second name; false where the file system cannot.</summary>
    public static bool TryLink(string file, string name) => !OperatingSystem.IsWindows() && Link(file, name) == 0;

    private static bool TryMove(string file, string name)
    {
        try
        {
            File.Move(file, name, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);
}
