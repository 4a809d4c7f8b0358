using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Workers;

/// <summary>
/// What device time costs: <c>floor(rate x time)</c> in picodollars, exact in 128-bit integers. Charges are differences of that price between
/// two totals of time, so that any number of them sums to the price of the whole.
/// </summary>
public readonly record struct DevicePricing
{
    private const long NanosecondsPerHour = 3_600_000_000_000;

    private readonly Int128 _picodollarsPerHour;

    /// <param name="usdPerHour">0 to 1,000,000; digits beyond 1e-12 USD are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative rate, or one above a million.</exception>
    public DevicePricing(decimal usdPerHour)
    {
        if (usdPerHour is < 0 or > 1_000_000)
        {
            throw new ArgumentOutOfRangeException(nameof(usdPerHour), usdPerHour, "A device costs between 0 and 1,000,000 USD an hour.");
        }

        _picodollarsPerHour = Picodollars.FromUsd(usdPerHour).Value;
    }

    public DevicePricing(DeviceRate rate)
        : this(rate.UsdPerHour)
    {
    }

    /// <summary>Price of a total of time.</summary>
    /// <param name="nanoseconds">At least 0.</param>
    public Picodollars Of(long nanoseconds) => new(_picodollarsPerHour * nanoseconds / NanosecondsPerHour);

    /// <summary>Price of the time between two totals.</summary>
    public Picodollars Between(long fromNanoseconds, long toNanoseconds) => Of(toNanoseconds) - Of(fromNanoseconds);
}
