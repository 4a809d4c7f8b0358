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
    public Ruling<DeviceRate> RateOf(Device device) =>
        Rates.FirstOrDefault(rate => rate.DeviceModel == device.Model && rate.Tier == device.Tier) is { } found
            ? found
            : new Refusal("rate-missing", RefusalKind.Unprocessable, $"Price book {Version} has no rate for {device.Model} ({device.Tier}).", device.Name,
                "Add a rate for that device model and tier to Finance:Rates.");
}
