using System.Diagnostics;

namespace AiFactory.EndToEnd.Tests.Disk;

/// <summary>A file system of a stated size, in memory. Only root may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int BlockBytes = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-disk-").FullName;

    private SmallDisk()
    {
    }

    public string Folder => _folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <returns>Null where it cannot be mounted.</returns>
    public static SmallDisk? TryMount(int megabytes)
    {
        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk._folder))
        {
            return disk;
        }

        Directory.Delete(disk._folder);
        return null;
    }

    /// <summary>Takes so much of the room.</summary>
    public void Take(int megabytes)
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[BlockBytes];
        for (var taken = 0; taken < megabytes; taken++)
        {
            ballast.Write(block);
        }
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[BlockBytes];
        for (var length = block.Length; length > 0;)
        {
            try
            {
                ballast.Write(block, 0, length);
            }
            catch (IOException)
            {
                length /= 2;
            }
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        Run("umount", "-l", _folder);
        Directory.Delete(_folder);
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
