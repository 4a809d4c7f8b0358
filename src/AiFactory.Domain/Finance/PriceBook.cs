using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Finance;

/// <summary>What an hour of a device costs.</summary>
/// <param name="DeviceModel">See <see cref="Device.Model"/>.</param>
/// <param name="UsdPerHour">Busy or idle alike.</param>
public sealed record DeviceRate(string DeviceModel, string Tier, decimal UsdPerHour);

/// <summary>A version of the rates. Meter records keep device time, so a past period can be rated anew by another book.</summary>
public sealed record PriceBook(int Version, IReadOnlyList<DeviceRate> Rates)
{
    /// <summary>
    /// Rates to begin with, on-demand: a CPU slot at 0.05 USD/h, about what clouds ask for a virtual core, and common GPUs at typical list prices. Replace them by
    /// your own under Finance:Rates.
    /// </summary>
    public static PriceBook Default { get; } = new(1,
    [
        new("cpu-slot", "on-demand", 0.05m),
        new("NVIDIA T4", "on-demand", 0.35m),
        new("NVIDIA L4", "on-demand", 0.80m),
        new("NVIDIA A10G", "on-demand", 1.00m),
        new("NVIDIA A100-SXM4-40GB", "on-demand", 2.50m),
        new("NVIDIA A100-SXM4-80GB", "on-demand", 3.50m),
        new("NVIDIA H100 80GB HBM3", "on-demand", 6.00m),
        new("NVIDIA H200", "on-demand", 7.00m),
    ]);

    public Ruling<DeviceRate> RateOf(Device device) =>
        Rates.FirstOrDefault(rate => rate.DeviceModel == device.Model && rate.Tier == device.Tier) is { } found
            ? found
            : new Refusal("rate-missing", RefusalKind.Unprocessable, $"Price book {Version} has no rate for {device.Model} ({device.Tier}).", device.Name,
                "Add a rate for that device model and tier to Finance:Rates.");
}
