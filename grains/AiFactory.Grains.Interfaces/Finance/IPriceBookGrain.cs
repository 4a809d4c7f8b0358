using AiFactory.Domain.Finance;

namespace AiFactory.Grains.Finance;

/// <summary>Every version of the rates that devices were priced by. Key: <see cref="Key"/>.</summary>
[Alias("aifactory.price-book"), Version(1)]
public interface IPriceBookGrain : IGrainWithStringKey
{
    const string Key = "all";

    /// <summary>A silo says what it prices by.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>price-book-changed</c>: that version has had other rates.</exception>
    [Alias("Register")]
    Task Register(PriceBook book);

    /// <summary>All of them, by rising version.</summary>
    [Alias("List")]
    Task<IReadOnlyList<PriceBook>> List();
}
