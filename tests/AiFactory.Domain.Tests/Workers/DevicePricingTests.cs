using AiFactory.Domain.Finance;
using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Workers;

public sealed class DevicePricingTests
{
    [Fact]
    public void Of_OneHour_IsTheRate() =>
        Assert.Equal(Picodollars.FromUsd(2.5m), new DevicePricing(2.5m).Of(3_600_000_000_000));

    [Fact]
    public void Of_AThousandYearsAtTheHighestRate_DoesNotOverflow() =>
        Assert.Equal(Picodollars.FromUsd(2_562_000_000m * 1000), new DevicePricing(1_000_000m).Of(2_562_000L * 3_600_000_000_000));

    [Fact]
    public void Between_AnyCuts_SumsToTheWhole() =>
        Gen.Select(Gen.Decimal[0, 1000], Gen.Long[0, 10_000_000].Array[1, 100]).Sample((usdPerHour, steps) =>
        {
            var pricing = new DevicePricing(usdPerHour);
            var at = 0L;
            var sum = Picodollars.Zero;
            foreach (var step in steps)
            {
                sum += pricing.Between(at, at + step);
                at += step;
            }

            Assert.Equal(pricing.Of(at), sum);
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public void New_RateOutOfRange_Throws(int usdPerHour) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DevicePricing(usdPerHour));
}
