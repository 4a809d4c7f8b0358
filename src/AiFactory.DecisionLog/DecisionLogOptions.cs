using Microsoft.Extensions.Options;

namespace AiFactory.DecisionLog;

/// <summary>Where a silo keeps its decision log and how much of the disk it may use.</summary>
public sealed class DecisionLogOptions
{
    public const int SegmentBytesMin = 64 * 1024;

    public const int SegmentBytesMax = 1024 * 1024 * 1024;

    /// <summary>Folder of the segments; made when missing. Owned by one process at a time.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The silo's name; first half of every decision id.</summary>
    public string Name { get; set; } = "silo-1";

    /// <summary>Bytes preallocated at a time, a multiple of 4096. Also bounds a record. Default 64 MiB; a folder may hold segments of several sizes.</summary>
    public int SegmentBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes that all segments may take together. Default 16 GiB.</summary>
    public long BytesMax { get; set; } = 16L * 1024 * 1024 * 1024;

    /// <summary>How long an appended record may wait before its fsync begins. Default 50 ms.</summary>
    public TimeSpan FsyncInterval { get; set; } = TimeSpan.FromMilliseconds(50);
}

internal sealed class DecisionLogOptionsValidator : IValidateOptions<DecisionLogOptions>
{
    public ValidateOptionsResult Validate(string? name, DecisionLogOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Folder))
        {
            failures.Add("DecisionLogOptions.Folder is empty: name the folder that keeps the decision log.");
        }

        if (string.IsNullOrWhiteSpace(options.Name))
        {
            failures.Add("DecisionLogOptions.Name is empty: give the silo's name.");
        }

        if (options.SegmentBytes is < DecisionLogOptions.SegmentBytesMin or > DecisionLogOptions.SegmentBytesMax || options.SegmentBytes % 4096 != 0)
        {
            failures.Add($"DecisionLogOptions.SegmentBytes is {options.SegmentBytes}: use a multiple of 4096 between {DecisionLogOptions.SegmentBytesMin} and {DecisionLogOptions.SegmentBytesMax}.");
        }

        if (options.BytesMax < options.SegmentBytes)
        {
            failures.Add($"DecisionLogOptions.BytesMax is {options.BytesMax}: allow at least one segment of {options.SegmentBytes} bytes.");
        }

        if (options.FsyncInterval <= TimeSpan.Zero || options.FsyncInterval > TimeSpan.FromSeconds(10))
        {
            failures.Add($"DecisionLogOptions.FsyncInterval is {options.FsyncInterval}: use more than 0 and at most 10 s.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
