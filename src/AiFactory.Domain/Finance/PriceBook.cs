using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Finance;

/// <summary>What an hour of a device costs.</summary>
/// <param name="DeviceModel">See <see cref="Device.Model"/>.</param>
/// <param name="Tier">See <see cref="DeviceTier"/>.</param>
/// <param name="UsdPerHour">Busy or idle alike; 0 to 1,000,000.</param>
public sealed record DeviceRate(string DeviceModel, string Tier, decimal UsdPerHour)
{
    private const decimal SecondsPerHour = 3600;

    /// <summary>The same for a second, rounded to 1e-12 USD. Bills are computed from the hour, exactly.</summary>
    public decimal UsdPerSecond => decimal.Round(UsdPerHour / SecondsPerHour, 12);
}

/// <summary>A version of the rates. Meter records keep device time, so a past period can be rated anew by another book.</summary>
/// <param name="Version">At least 1; every decision's record names it, so a version's rates never change.</param>
public sealed record PriceBook(int Version, IReadOnlyList<DeviceRate> Rates)
{
    private const decimal UsdPerHourMax = 1_000_000;

    /// <summary>
    /// Rates to begin with: a CPU slot at 0.05 USD/h, about what clouds ask for a virtual core, and common GPUs at typical list prices; spot at 40%, reserved
    /// at 60% of on-demand, owned at a third, about what purchase and power come to over four years. Replace them by your own: option Prices.
    /// </summary>
    public static PriceBook Default { get; } = new(1,
    [
        .. Tiers("cpu-slot", 0.05m),
        .. Tiers("NVIDIA T4", 0.35m),
        .. Tiers("NVIDIA L4", 0.80m),
        .. Tiers("NVIDIA A10G", 1.00m),
        .. Tiers("NVIDIA A100-SXM4-40GB", 2.50m),
        .. Tiers("NVIDIA A100-SXM4-80GB", 3.50m),
        .. Tiers("NVIDIA H100 80GB HBM3", 6.00m),
        .. Tiers("NVIDIA H200", 7.00m),
    ]);

    /// <summary>The book, when its rates are in range, of known tiers, and each named once.</summary>
    public static Ruling<PriceBook> Check(PriceBook book)
    {
        if (book.Version < 1)
        {
            return Invalid($"Version {book.Version} is below 1.", "Number your books from 1 on, each change one more.");
        }

        if (book.Rates.Count == 0)
        {
            return Invalid($"Price book {book.Version} has no rate.", "Give at least one: device model, tier and USD an hour.");
        }

        foreach (var rate in book.Rates)
        {
            if (string.IsNullOrWhiteSpace(rate.DeviceModel))
            {
                return Invalid("A rate names no device model.", "Name one, e.g. cpu-slot.");
            }

            if (DeviceTier.Check(rate.Tier) is { Granted: false, Refusal: var unknown })
            {
                return unknown;
            }

            if (rate.UsdPerHour is < 0 or > UsdPerHourMax)
            {
                return Invalid($"{rate.DeviceModel} ({rate.Tier}) costs {rate.UsdPerHour} USD an hour.", $"Use 0 to {UsdPerHourMax}.");
            }
        }

        return book.Rates.GroupBy(rate => (rate.DeviceModel, rate.Tier)).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? Invalid($"Price book {book.Version} rates {twice.Key.DeviceModel} ({twice.Key.Tier}) {twice.Count()} times.", "Give each device model and tier one rate.")
            : book;
    }

    public Ruling<DeviceRate> RateOf(Device device) =>
        Rates.FirstOrDefault(rate => rate.DeviceModel == device.Model && rate.Tier == device.Tier) is { } found
            ? found
            : new Refusal("rate-missing", RefusalKind.Unprocessable, $"Price book {Version} has no rate for {device.Model} ({device.Tier}).", device.Name,
                $"Add it to the option Prices with your other rates, and raise PriceBookVersion. Rated are: {string.Join(", ", Rates.Where(rate => rate.Tier == device.Tier).Select(rate => rate.DeviceModel))}.");

    private static IEnumerable<DeviceRate> Tiers(string model, decimal onDemand) =>
    [
        new(model, DeviceTier.OnDemand, onDemand),
        new(model, DeviceTier.Spot, onDemand * 0.4m),
        new(model, DeviceTier.Reserved, onDemand * 0.6m),
        new(model, DeviceTier.Owned, decimal.Round(onDemand / 3, 6)),
    ];

    private static Refusal Invalid(string what, string mend) => new("price-book-invalid", RefusalKind.Unprocessable, what, "Prices", mend);
}

/// <summary>All versions of the rates that devices were ever priced by. Never changes.</summary>
/// <param name="Books">By rising version.</param>
public sealed record PriceHistory(IReadOnlyList<PriceBook> Books)
{
    /// <summary>Most versions kept; those before the latest so many are forgotten.</summary>
    public const int BooksMax = 1000;

    public static readonly PriceHistory None = new(Array.Empty<PriceBook>());

    /// <summary>With a book; the same when it is known. A version whose rates are known to be others is refused: records name it.</summary>
    public Ruling<PriceHistory> With(PriceBook book)
    {
        if (PriceBook.Check(book) is { Granted: false, Refusal: var invalid })
        {
            return invalid;
        }

        if (Books.FirstOrDefault(known => known.Version == book.Version) is not { } same)
        {
            return new PriceHistory([.. Books.Append(book).OrderBy(known => known.Version).TakeLast(BooksMax)]);
        }

        return same.Rates.Count == book.Rates.Count && !same.Rates.Except(book.Rates).Any()
            ? this
            : new Refusal("price-book-changed", RefusalKind.Conflict, $"Price book {book.Version} has had other rates: records name it.", "PriceBookVersion",
                $"Raise PriceBookVersion to {Books[^1].Version + 1} with the new rates, on every silo.");
    }
}
