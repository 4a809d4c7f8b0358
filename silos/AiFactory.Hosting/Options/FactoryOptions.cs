using System.Net;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Workers;
using Microsoft.Extensions.Configuration;

namespace AiFactory.Hosting.Options;

/// <summary>What a factory is told at start: section <see cref="Section"/> of the configuration, e.g. <c>AIFACTORY__PORT=8080</c>.</summary>
public sealed class FactoryOptions
{
    public const string Section = "AiFactory";

    /// <summary>Folder with all of the factory's state. Default <c>.aifactory</c> in the current folder.</summary>
    [ConfigurationKeyName("Data")]
    public string DataFolder { get; set; } = ".aifactory";

    /// <summary>The silo's name; part of every worker's and decision's name, so it stays the same over restarts. Default <c>silo-1</c>.</summary>
    public string SiloName { get; set; } = "silo-1";

    /// <summary>
    /// What this process does, names with commas between them: <c>control</c> (the grains of the control plane), <c>worker</c> (its devices compute),
    /// <c>gateway</c> (it serves HTTP and gRPC). Default <c>all</c>; of a pure client <c>gateway</c>. Other than all only in a cluster.
    /// </summary>
    public string? Roles { get; set; }

    /// <summary>
    /// Folder for datasets, models, checkpoints and shipped decision logs, or <c>s3://bucket/prefix</c>. Default <c>objects</c> in the data folder; in a cluster one that all its
    /// members reach.
    /// </summary>
    public string? Objects { get; set; }

    /// <summary>How the bucket is reached, where <see cref="Objects"/> names one.</summary>
    public S3Settings S3 { get; init; } = new();

    /// <summary>Whether the decision log is shipped to the object store. Default: where <see cref="Objects"/> is given.</summary>
    public bool? ShipLog { get; set; }

    /// <summary>Pause after what was new in the decision log has been shipped. Default 1 s.</summary>
    public TimeSpan LogShippingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether segments of the decision log that are shipped and read go from this disk once the log takes half of <see cref="DecisionLogBytesMax"/>. Default false.
    /// </summary>
    public bool DropShippedLog { get; set; }

    /// <summary>The cluster that this process belongs to. Default none: it is a factory by itself.</summary>
    public ClusterMemberOptions Cluster { get; init; } = new();

    /// <summary>TCP port for HTTP; 0 takes a free one. Default 8080.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>
    /// TCP port for gRPC (HTTP/2 without TLS, which cannot share a port with HTTP/1.1); 0 takes a free one. Default: the port after <see cref="Port"/>, or
    /// a free one where that cannot be had.
    /// </summary>
    public int? GrpcPort { get; set; }

    /// <summary>IP address to listen on. Default 127.0.0.1; on any other one every request needs an API key.</summary>
    [ConfigurationKeyName("Bind")]
    public string BindAddress { get; set; } = "127.0.0.1";

    /// <summary>Whether every request needs an API key. Default: not on loopback. Cannot be false on any other address.</summary>
    public bool? RequireApiKey { get; set; }

    /// <summary>Where devices come from when none is given: <c>auto</c>, the GPUs that the driver shows where this build computes on them, else CPU slots; <c>cpu</c>, CPU slots. Default <c>auto</c>.</summary>
    public string DeviceSource { get; set; } = AutoDevices;

    /// <summary>How found devices and CPU slots are paid for: <c>on-demand</c>, <c>spot</c>, <c>reserved</c> or <c>owned</c>. Default <c>on-demand</c>.</summary>
    public string DeviceTier { get; set; } = Domain.Workers.DeviceTier.OnDemand;

    /// <summary>Version of <see cref="Prices"/>, which records of decisions name: at least 2 where prices are given, one more with each change. Default 1, the built-in prices.</summary>
    public int PriceBookVersion { get; set; } = 1;

    /// <summary>What devices cost, in place of the built-in prices; the same on every silo.</summary>
    public IList<PriceOptions> Prices { get; init; } = [];

    /// <summary>Devices of this silo; when none is given, see <see cref="DeviceSource"/>.</summary>
    public IList<DeviceOptions> Devices { get; init; } = [];

    /// <summary>CPU slots when no device is given, 1 to 256. Default 2.</summary>
    public int CpuSlots { get; set; } = 2;

    /// <summary>Orleans' dashboard at <c>/dashboard</c>; its profiler costs part of the call rate, and it asks for no API key. Default: only where no request needs one, and not in a cluster.</summary>
    public bool? Dashboard { get; set; }

    /// <summary>OTLP collector for traces and metrics, e.g. <c>http://localhost:4317</c>. Default none.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>Smallest holdout AUC of a model version that may be deployed, 0.5 to 1. Default 0.6.</summary>
    public double MinimumAuc { get; set; } = 0.6;

    /// <summary>Workers that load each variant's model; 0 means all. Default 0.</summary>
    public int Replicas { get; set; }

    /// <summary>Most bytes of models in the memory of each device. Default 4 GiB. Beyond it models used longest ago make room.</summary>
    public long ModelMemoryBytesMax { get; set; } = 4L << 30;

    /// <summary>A model that nobody used for so long leaves memory, and comes back with its next request. Default 30 min; zero: never.</summary>
    public TimeSpan ModelIdleUnloadAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Sequences that a device remembers for each model with memory. Default 4096; beyond it the one idle longest is forgotten.</summary>
    public int SequencesMax { get; set; } = 4096;

    /// <summary>Time without a request after which a sequence is forgotten. Default 10 min.</summary>
    public TimeSpan SequenceIdleMax { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Models that are loaded at the same time, 0 meaning half the processors. Default 0.</summary>
    public int ModelLoadsMax { get; set; }

    /// <summary>Most bytes of the decision log. Default 16 GiB.</summary>
    public long DecisionLogBytesMax { get; set; } = 16L << 30;

    /// <summary>Connections that the server holds open at once, on each of its ports; further ones are closed at once. Default 10,000.</summary>
    public long ConnectionsMax { get; set; } = 10_000;

    /// <summary>Time that a client may take to send a request's headers. Default 30 s.</summary>
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most time that a clean stop may take. Default 20 s.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a gateway that stops serves on while it says that it is not ready: longer than load balancers take to see it. Default zero.</summary>
    public TimeSpan DrainGrace { get; set; }

    /// <summary>How long the answer to a request with an idempotency key is kept for repeats. Default 24 h.</summary>
    public TimeSpan IdempotencyKeptFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Whether only this machine can reach the factory.</summary>
    public bool LoopbackOnly => IPAddress.TryParse(BindAddress, out var address) && IPAddress.IsLoopback(address);

    /// <summary>Whether requests without an API key are turned away.</summary>
    public bool ApiKeyRequired => RequireApiKey ?? !LoopbackOnly;

    /// <summary>Whether this process shares its state with others.</summary>
    public bool Clustered => !string.IsNullOrWhiteSpace(Cluster.Database);

    /// <summary>Whether this process has a role.</summary>
    public bool Has(SiloRole role) => RoleSet.Contains(role);

    /// <summary>Whether the decision log is shipped.</summary>
    public bool LogShipped => ShipLog ?? Objects is not null;

    internal bool ObjectsInBucket => Objects?.StartsWith("s3://", StringComparison.Ordinal) is true;

    internal IReadOnlyList<SiloRole> RoleSet => SiloRoles.Parse(Roles ?? (Cluster.Client ? nameof(SiloRole.Gateway) : SiloRoles.All)) ?? [];

    // Its profiler costs part of the rate of calls between silos, and a client has no grains to show.
    internal bool DashboardOn => !Cluster.Client && (Dashboard ?? (!ApiKeyRequired && !Clustered));

    internal string HostInUrl => BindAddress.Contains(':', StringComparison.Ordinal) ? $"[{BindAddress}]" : BindAddress;

    internal const string AutoDevices = "auto";

    internal const string CpuDevices = "cpu";

    internal PriceBook PriceBook => Prices.Count == 0
        ? PriceBook.Default
        : new PriceBook(PriceBookVersion, [.. Prices.Select(price => new DeviceRate(price.DeviceModel, price.Tier, price.UsdPerHour))]);
}

/// <summary>A rate as configured; see <see cref="DeviceRate"/>.</summary>
public sealed class PriceOptions
{
    public string DeviceModel { get; set; } = "";

    public string Tier { get; set; } = DeviceTier.OnDemand;

    public decimal UsdPerHour { get; set; }
}

/// <summary>A device as configured; see <see cref="Device"/>.</summary>
public sealed class DeviceOptions
{
    public string Name { get; set; } = "";

    public DeviceKind Kind { get; set; }

    public string Model { get; set; } = "cpu-slot";

    public string Tier { get; set; } = DeviceTier.OnDemand;

    /// <summary>The GPU's UUID, or any name by which all silos that can reach the device call it: one of them holds it at a time. Null: the device is this silo's alone.</summary>
    public string? Identity { get; set; }

    /// <summary>Memory of the device in bytes; 0: none of its own.</summary>
    public long MemoryBytes { get; set; }
}
