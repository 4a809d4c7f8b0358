using Microsoft.Extensions.Options;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>How a silo's decision log is shipped.</summary>
public sealed class ShippingOptions
{
    /// <summary>Pause after what was new has been put. Default 1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause between tries while the store is away; the first is <see cref="Interval"/>, each further one twice as long. Default 30 s.</summary>
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of a part, but for a record that is larger; also the shipper's memory. Default 8 MiB.</summary>
    public int PartBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Whether segments that were shipped, read back and counted by every reader are removed here once the log takes half of its bound, so that it goes on for ever.
    /// Default false.
    /// </summary>
    public bool DropShipped { get; set; }

    /// <summary>How long a stop waits for the last records to be shipped. Default 5 s.</summary>
    public TimeSpan StopWait { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class ShippingOptionsValidator : IValidateOptions<ShippingOptions>
{
    private const int PartBytesMin = 4096;

    public ValidateOptionsResult Validate(string? name, ShippingOptions options)
    {
        var failures = new List<string>();
        if (options.Interval <= TimeSpan.Zero || options.RetryMax < options.Interval)
        {
            failures.Add($"ShippingOptions.Interval is {options.Interval} and RetryMax {options.RetryMax}: use an interval over 0, and a longest one that is not shorter.");
        }

        if (options.PartBytesMax is < PartBytesMin or > DecisionLogOptions.SegmentBytesMax)
        {
            failures.Add($"ShippingOptions.PartBytesMax is {options.PartBytesMax}: use {PartBytesMin} to {DecisionLogOptions.SegmentBytesMax}.");
        }

        if (options.StopWait < TimeSpan.Zero)
        {
            failures.Add($"ShippingOptions.StopWait is {options.StopWait}: use 0 or more.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
