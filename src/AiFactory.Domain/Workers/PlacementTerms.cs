using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>Which devices work may be placed on.</summary>
/// <param name="Tiers">Those that may be used; null or empty: all.</param>
/// <param name="DeviceModel">The only one that may be used; null: any.</param>
public sealed record PlacementTerms(IReadOnlyList<string>? Tiers = null, string? DeviceModel = null)
{
    public static readonly PlacementTerms Any = new();

    public static Ruling<PlacementTerms> Check(PlacementTerms terms) =>
        (terms.Tiers ?? []).Select(tier => DeviceTier.Check(tier).Refusal).FirstOrDefault(refusal => refusal is not null) is { } unknown ? unknown
        : terms.DeviceModel is { Length: 0 } ? new Refusal("device-model-missing", RefusalKind.Unprocessable, "The device model is empty.", "deviceModel", "Name one, or leave it out.")
        : terms;

    public bool Allow(Device device) =>
        (Tiers is not { Count: > 0 } tiers || tiers.Contains(device.Tier)) && (DeviceModel is null || string.Equals(DeviceModel, device.Model, StringComparison.OrdinalIgnoreCase));

    public override string ToString() => string.Join(", ", new[]
    {
        Tiers is { Count: > 0 } tiers ? $"tier {string.Join(" or ", tiers)}" : null,
        DeviceModel is null ? null : $"device model {DeviceModel}",
    }.OfType<string>());
}
