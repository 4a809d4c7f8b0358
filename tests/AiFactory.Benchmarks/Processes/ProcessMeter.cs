using System.Diagnostics;
using System.Globalization;

namespace AiFactory.Benchmarks.Processes;

/// <summary>What a server costs the machine.</summary>
internal static class ProcessMeter
{
    /// <summary>Processor time of a process and its children so far, in seconds; NaN where there is no /proc.</summary>
    public static double CpuSeconds(Process process) => Tree(process.Id).Select(CpuSeconds).Sum();

    public static string LoadAverage() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "unknown";

    private static IEnumerable<int> Tree(int processId)
    {
        yield return processId;
        var path = $"/proc/{processId}/task/{processId}/children";
        var children = File.Exists(path) ? File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        foreach (var child in children.SelectMany(child => Tree(int.Parse(child, CultureInfo.InvariantCulture))))
        {
            yield return child;
        }
    }

    private static double CpuSeconds(int processId)
    {
        const double ticksPerSecond = 100;
        try
        {
            var status = File.ReadAllText($"/proc/{processId}/stat");
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / ticksPerSecond;
        }
        catch (IOException)
        {
            return double.NaN;
        }
    }
}
