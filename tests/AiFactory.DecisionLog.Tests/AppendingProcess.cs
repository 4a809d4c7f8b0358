using System.Globalization;
using System.Text;

namespace AiFactory.DecisionLog.Tests;

/// <summary>The process that the crash tests kill: appends from two threads for ever and writes each acknowledged address as a line.</summary>
internal static class AppendingProcess
{
    /// <summary>Set for such a process: the log's folder.</summary>
    public const string FolderVariable = "AIFACTORY_TEST_APPEND_TO";

    public static void Run(string folder)
    {
        using var log = new SegmentedDecisionLog(
            new DecisionLogOptions { Folder = folder, SegmentBytes = DecisionLogOptions.SegmentBytesMin }, new RecordingLogger(), new Segments.Preallocation());
        using var output = Console.OpenStandardOutput();
        var writing = new Lock();
        var threads = Enumerable.Range(0, 2).Select(_ => new Thread(() => AppendForEver(log, output, writing))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }

    private static void AppendForEver(SegmentedDecisionLog log, Stream output, Lock writing)
    {
        for (var number = 0; ; number++)
        {
            var address = log.Append(Records.Decision(number, featureBytes: number % 300));
            var line = Encoding.ASCII.GetBytes(address.ToString(CultureInfo.InvariantCulture) + "\n");
            lock (writing)
            {
                output.Write(line);
            }
        }
    }
}
