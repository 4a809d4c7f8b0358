using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>How a device is paid for, and so how sure it is to stay.</summary>
public static class DeviceTier
{
    public const string OnDemand = "on-demand";

    /// <summary>Cheap, and may be taken away at any time.</summary>
    public const string Spot = "spot";

    /// <summary>Paid for over a term, used or not.</summary>
    public const string Reserved = "reserved";

    /// <summary>Bought.</summary>
    public const string Owned = "owned";

    public static readonly IReadOnlyList<string> All = [OnDemand, Spot, Reserved, Owned];

    public static Ruling<string> Check(string? tier) => tier is not null && All.Contains(tier)
        ? tier
        : new Refusal("tier-unknown", RefusalKind.Unprocessable, $"There is no tier '{tier}'.", "tier", $"Use one of: {string.Join(", ", All)}.");
}
