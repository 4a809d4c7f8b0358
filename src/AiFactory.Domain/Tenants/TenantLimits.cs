using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Tenants;

/// <summary>What a tenant may ask of one gateway; with several gateways each grants as much.</summary>
/// <param name="RequestsPerSecond">Decision and inference requests, on average; above 0; null: any.</param>
/// <param name="Burst">Requests that may come at once, at least 1; null: those of one second, at least 1. Needs <paramref name="RequestsPerSecond"/>.</param>
/// <param name="Concurrency">Requests at work at a time, at least 1; null: any.</param>
public sealed record TenantLimits(double? RequestsPerSecond = null, int? Burst = null, int? Concurrency = null)
{
    public static readonly TenantLimits None = new();
}

/// <summary>Which limits make sense, and the token bucket that holds a rate.</summary>
public static class TenantLimitRules
{
    public const double RequestsPerSecondMax = 1e6;
    public const int CountMax = 1_000_000;

    public static Ruling<TenantLimits> Check(TenantLimits limits) => limits switch
    {
        { RequestsPerSecond: { } rate } when !(rate is > 0 and <= RequestsPerSecondMax) =>
            Invalid($"{rate} is no rate.", "requestsPerSecond", $"Give requests a second above 0, at most {RequestsPerSecondMax:0}."),
        { Burst: not null, RequestsPerSecond: null } => Invalid("A burst is given without a rate.", "burst", "Give requests a second too."),
        { Burst: < 1 or > CountMax } => Invalid($"A burst of {limits.Burst} is none.", "burst", $"Give 1 to {CountMax} requests."),
        { Concurrency: < 1 or > CountMax } => Invalid($"{limits.Concurrency} requests at a time cannot be held.", "concurrency", $"Give 1 to {CountMax} requests."),
        _ => limits,
    };

    private static Refusal Invalid(string what, string where, string mend) => new("tenant-limits-invalid", RefusalKind.Unprocessable, what, where, mend);
}

/// <summary>
/// A token bucket in one number, the generic cell rate algorithm (ITU-T I.371): the time at which the bucket would be full again. Times are ticks of one clock.
/// </summary>
/// <param name="Interval">Ticks in which one token comes.</param>
/// <param name="Tolerance">Ticks by which requests may run ahead of their rate: (burst - 1) intervals.</param>
public readonly record struct TokenBucket(long Interval, long Tolerance)
{
    public static TokenBucket Of(double perSecond, int? burst, long ticksPerSecond)
    {
        var interval = Math.Max(1, (long)(ticksPerSecond / perSecond));
        return new(interval, ((burst ?? (int)Math.Max(1, Math.Ceiling(perSecond))) - 1) * interval);
    }

    /// <summary>Takes a token: when the bucket would then be full again, or, with no token there, how long until one comes.</summary>
    /// <param name="fullAt">As the last taking left it; 0 at first.</param>
    /// <returns><c>Wait</c> is 0 when a token was taken.</returns>
    public (long FullAt, long Wait) Take(long fullAt, long now)
    {
        var from = Math.Max(fullAt, now);
        var wait = from - Tolerance - now;
        return wait > 0 ? (fullAt, wait) : (from + Interval, 0);
    }
}
