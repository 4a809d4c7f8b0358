namespace AiFactory.Devices;

/// <summary>Names this machine among others.</summary>
public static class HostIdentity
{
    private const string LinuxFile = "/etc/machine-id";

    /// <summary>The operating system's machine id where there is one, else the machine's name.</summary>
    public static string Read()
    {
        try
        {
            return File.ReadAllText(LinuxFile).Trim() is { Length: > 0 } id ? id : Environment.MachineName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Environment.MachineName;
        }
    }
}
