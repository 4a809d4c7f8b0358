using AiFactory.Domain.Finance;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Inference.Sequences;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers;

/// <summary>The devices of this silo and how they are used.</summary>
public sealed class WorkerOptions
{
    /// <summary>Devices this silo owns. Default two CPU slots, <c>cpu-0</c> and <c>cpu-1</c>.</summary>
    public IReadOnlyList<Device> Devices { get; set; } = [new("cpu-0", DeviceKind.Cpu, "cpu-slot"), new("cpu-1", DeviceKind.Cpu, "cpu-slot")];

    /// <summary>What the devices cost. Default: the price book the product ships.</summary>
    public PriceBook PriceBook { get; set; } = PriceBook.Default;

    /// <summary>Batches and queues of each device.</summary>
    public BatchingOptions Batching { get; set; } = new();

    /// <summary>What each device remembers of the sequences of models with memory.</summary>
    public SequenceOptions Sequences { get; set; } = new();

    /// <summary>Bytes of models one device keeps in memory, also while models are loaded. Default 4 GiB. Beyond it models used longest ago make room.</summary>
    public long LoadedModelBytesMax { get; set; } = 4L << 30;

    /// <summary>Bytes of models that a device takes: <see cref="LoadedModelBytesMax"/>, and never more than it has.</summary>
    internal long ModelBytesMax(Device device) => device.MemoryBytes > 0 ? Math.Min(device.MemoryBytes, LoadedModelBytesMax) : LoadedModelBytesMax;

    /// <summary>Models that this silo loads at the same time; more wait. Default half the processors, at least 1, so that loading leaves time for answers.</summary>
    public int ModelLoadsMax { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>A model that nobody used for so long leaves memory, and comes back with its next request. Default 30 min; zero: never.</summary>
    public TimeSpan IdleUnloadAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between two words to the worker pool. Default 3 s, of the 15 s after which a silo counts as gone.</summary>
    public TimeSpan HeartbeatPeriod { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Time between two records of a device's time in the decision log. Default 5 s.</summary>
    public TimeSpan DeviceTimePeriod { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var failures = new List<string>();
        if (options.Devices.Count == 0)
        {
            failures.Add("Workers: Devices is empty. Name at least one device, e.g. cpu-0.");
        }

        failures.AddRange(options.Devices.GroupBy(device => device.Name).Where(group => group.Count() > 1)
            .Select(group => $"Workers: Devices names '{group.Key}' twice. Give every device of a silo its own name."));
        failures.AddRange(options.Devices.Where(device => device.Name.Length == 0 || device.Name.Contains('/', StringComparison.Ordinal))
            .Select(device => $"Workers: '{device.Name}' is no device name. Use a name without '/', e.g. cpu-0."));
        if (PriceBook.Check(options.PriceBook).Refusal is { } unfit)
        {
            failures.Add($"Workers: {unfit}");
        }

        failures.AddRange(options.Devices.Where(device => DeviceIdentity.IsShared(device)).GroupBy(device => device.Identity).Where(group => group.Count() > 1)
            .Select(group => $"Workers: Devices {string.Join(", ", group.Select(device => device.Name))} are one device, {group.Key}. Give it once."));

        // A device that was found, not named, stays out of use until it is rated.
        failures.AddRange(options.Devices.Where(device => !DeviceIdentity.IsShared(device)).Select(device => options.PriceBook.RateOf(device).Refusal).OfType<Domain.Refusals.Refusal>()
            .Select(refusal => $"Workers: {refusal}"));
        if (options.Batching.BatchRowsMax < 1 || options.Batching.QueueRowsMax < options.Batching.BatchRowsMax)
        {
            failures.Add("Workers: Batching needs BatchRowsMax of at least 1 and QueueRowsMax of at least as many.");
        }

        if (!(options.Batching.AgingMs > 0) || options.Batching.TunedRowsMax < 1 || options.Batching.HoldMicrosecondsMax < 0)
        {
            failures.Add("Workers: Batching needs AgingMs above 0, TunedRowsMax of at least 1 and HoldMicrosecondsMax of at least 0.");
        }

        if (options.Sequences is { SequencesMax: < 1 } or { BytesMax: < 1 } or { IdleSecondsMax: not > 0 })
        {
            failures.Add("Workers: Sequences needs SequencesMax and BytesMax of at least 1 and IdleSecondsMax above 0, e.g. 4096, 268435456 and 600.");
        }

        if (options.LoadedModelBytesMax < 1)
        {
            failures.Add("Workers: LoadedModelBytesMax must be above 0, e.g. 4294967296 bytes.");
        }

        if (options.ModelLoadsMax < 1)
        {
            failures.Add("Workers: ModelLoadsMax must be at least 1.");
        }

        if (options.IdleUnloadAfter < TimeSpan.Zero)
        {
            failures.Add("Workers: IdleUnloadAfter must be zero (never) or above, e.g. 00:30:00.");
        }

        if (options.HeartbeatPeriod <= TimeSpan.Zero || options.HeartbeatPeriod >= WorkerRoll.SilenceMax)
        {
            failures.Add($"Workers: HeartbeatPeriod must be above 0 and below {WorkerRoll.SilenceMax.TotalSeconds} s.");
        }

        if (options.DeviceTimePeriod <= TimeSpan.Zero)
        {
            failures.Add("Workers: DeviceTimePeriod must be above 0, e.g. 5 s.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
