using System.Net;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Workers;
using Microsoft.Extensions.Options;

namespace AiFactory.Hosting.Options;

/// <summary>Names every option that cannot be, and what to set instead.</summary>
internal sealed class FactoryOptionsValidator : IValidateOptions<FactoryOptions>
{
    private const int CpuSlotsMax = 256;

    public ValidateOptionsResult Validate(string? name, FactoryOptions options)
    {
        List<string> failures = [];
        void Expect(bool met, string option, object? value, string mend)
        {
            if (!met)
                failures.Add($"{FactoryOptions.Section}:{option} is '{value}'. {mend}");
        }

        Expect(!string.IsNullOrWhiteSpace(options.DataFolder), "Data", options.DataFolder, "Name the folder for the factory's state, e.g. --data .aifactory.");
        Expect(ResourceName.Check("silo", options.SiloName).Granted, "SiloName", options.SiloName, "Use lower-case letters, digits, '-', '_' and '.', at most 63 characters.");
        Expect(options.Port is >= 0 and <= 65535, "Port", options.Port, "Use a port from 1 to 65535, or 0 for a free one.");
        Expect(options.GrpcPort is null or (>= 0 and <= 65535), "GrpcPort", options.GrpcPort, "Use a port from 1 to 65535, 0 for a free one, or leave it out.");
        Expect(options.GrpcPort is null or 0 || options.GrpcPort != options.Port, "GrpcPort", options.GrpcPort, "Use another port than HTTP has.");
        Expect(IPAddress.TryParse(options.BindAddress, out _), "Bind", options.BindAddress, "Use an IP address, e.g. 127.0.0.1, or 0.0.0.0 for all interfaces.");
        Expect(options.RequireApiKey is not false || options.LoopbackOnly, "RequireApiKey", options.RequireApiKey,
            $"Use true, or leave it out, to listen on {options.BindAddress}; without API keys only on 127.0.0.1.");
        Expect(options.CpuSlots is >= 1 and <= CpuSlotsMax, "CpuSlots", options.CpuSlots, $"Use 1 to {CpuSlotsMax}.");
        Expect(options.Devices.All(device => ResourceName.Check("device", device.Name).Granted), "Devices", string.Join(", ", options.Devices.Select(device => device.Name)),
            "Give each device a name like cpu-0 or gpu-0.");
        Expect(options.Devices.DistinctBy(device => device.Name).Count() == options.Devices.Count, "Devices", string.Join(", ", options.Devices.Select(device => device.Name)),
            "Give each device a name of its own.");
        Expect(options.DeviceSource is FactoryOptions.AutoDevices or FactoryOptions.CpuDevices, "DeviceSource", options.DeviceSource, "Use auto or cpu, or name devices one by one (Devices__0__Name).");
        Expect(DeviceTier.Check(options.DeviceTier).Granted, "DeviceTier", options.DeviceTier, $"Use one of: {string.Join(", ", DeviceTier.All)}.");
        Expect(options.Devices.All(device => DeviceTier.Check(device.Tier).Granted), "Devices", string.Join(", ", options.Devices.Select(device => device.Tier)),
            $"Give each device one of the tiers {string.Join(", ", DeviceTier.All)}.");
        Expect(options.Devices.All(device => device.MemoryBytes >= 0), "Devices", string.Join(", ", options.Devices.Select(device => device.MemoryBytes)), "Use 0 or more bytes for MemoryBytes.");
        Expect(options.Prices.Count == 0 || options.PriceBookVersion >= 2, "PriceBookVersion", options.PriceBookVersion, "Use 2 or more: version 1 is the built-in prices.");
        Expect(PriceBook.Check(options.PriceBook).Granted, "Prices", string.Join(", ", options.Prices.Select(price => $"{price.DeviceModel} ({price.Tier}) {price.UsdPerHour}")),
            PriceBook.Check(options.PriceBook).Refusal?.ToString() ?? "");
        Expect(options.OtlpEndpoint is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, "OtlpEndpoint", options.OtlpEndpoint, "Use a URL like http://localhost:4317.");
        Expect(options.MinimumAuc is >= 0.5 and <= 1, "MinimumAuc", options.MinimumAuc, "Use 0.5 (no better than chance) to 1.");
        Expect(options.Replicas >= 0, "Replicas", options.Replicas, "Use 0 for all workers, or how many.");
        Expect(options.ModelMemoryBytesMax > 0, "ModelMemoryBytesMax", options.ModelMemoryBytesMax, "Use a number of bytes over 0, e.g. 4294967296.");
        Expect(options.SequencesMax >= 1, "SequencesMax", options.SequencesMax, "Use at least 1, e.g. 4096.");
        Expect(options.SequenceIdleMax > TimeSpan.Zero, "SequenceIdleMax", options.SequenceIdleMax, "Use a time above zero, e.g. 00:10:00.");
        Expect(options.ModelIdleUnloadAfter >= TimeSpan.Zero, "ModelIdleUnloadAfter", options.ModelIdleUnloadAfter, "Use a time, e.g. 00:30:00, or 00:00:00 for never.");
        Expect(options.ModelLoadsMax >= 0, "ModelLoadsMax", options.ModelLoadsMax, "Use 0 for half the processors, or how many.");
        Expect(options.ConnectionsMax >= 1, "ConnectionsMax", options.ConnectionsMax, "Use at least 1, e.g. 10000.");
        Expect(options.HeaderTimeout > TimeSpan.Zero, "HeaderTimeout", options.HeaderTimeout, "Use a time above zero, e.g. 00:00:30.");
        Expect(options.DrainGrace >= TimeSpan.Zero && options.DrainGrace < options.StopTimeout, "DrainGrace", options.DrainGrace, "Use a time from 0 to less than StopTimeout, e.g. 00:00:05.");
        Expect(options.IdempotencyKeptFor > TimeSpan.Zero, "IdempotencyKeptFor", options.IdempotencyKeptFor, "Use a time over 0, e.g. 1.00:00:00.");
        Expect(options.StopTimeout > TimeSpan.Zero, "StopTimeout", options.StopTimeout, "Use a time over 0, e.g. 00:00:20.");
        ClusterMemberRules.Check(options, Expect);
        ObjectRules.Check(options, Expect);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
