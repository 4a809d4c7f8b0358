using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Tests.Tenants;

public sealed class TenantLimitsTests
{
    [Theory]
    [InlineData(0d, null, null, "requestsPerSecond")]
    [InlineData(double.NaN, null, null, "requestsPerSecond")]
    [InlineData(null, 5, null, "burst")]
    [InlineData(1d, 0, null, "burst")]
    [InlineData(null, null, 0, "concurrency")]
    public void Check_WhatMakesNoSense_IsRefusedByField(double? rate, int? burst, int? concurrency, string where) =>
        Assert.Equal(("tenant-limits-invalid", where), (TenantLimitRules.Check(new(rate, burst, concurrency)).Refusal!.Code, TenantLimitRules.Check(new(rate, burst, concurrency)).Refusal!.Where));

    [Fact]
    public void Limit_Known_IsKeptAndNoneTakesItAway()
    {
        var limits = new TenantLimits(10, 5, 3);
        var limited = TenantRules.Limit(null, Tenant.Default, limits, default).OrThrow();

        Assert.Equal(limits, limited.Limits);
        Assert.Null(TenantRules.Limit(limited, Tenant.Default, TenantLimits.None, default).OrThrow().Limits);
        Assert.Equal("tenant-not-found", TenantRules.Limit(null, "nobody", limits, default).Refusal!.Code);
        Assert.Equal("tenant-limits-invalid", TenantRules.Limit(limited, Tenant.Default, new(-1), default).Refusal!.Code);
    }

    [Fact]
    public void Take_Burst_IsGrantedAtOnceAndThenTheRate()
    {
        var bucket = TokenBucket.Of(10, burst: 3, ticksPerSecond: 1000);
        var fullAt = 0L;
        var granted = Enumerable.Range(0, 4).Select(_ => Take(5000)).ToArray();

        Assert.Equal([0, 0, 0, 100], granted);
        Assert.Equal(1, Take(5099));
        Assert.Equal(0, Take(5100));
        Assert.Equal(100, Take(5100));

        long Take(long now)
        {
            (fullAt, var wait) = bucket.Take(fullAt, now);
            return wait;
        }
    }

    [Fact]
    public void Of_NoBurst_IsOneSecondsRequests()
    {
        Assert.Equal(new TokenBucket(100, 900), TokenBucket.Of(10, null, 1000));
        Assert.Equal(new TokenBucket(10_000, 0), TokenBucket.Of(0.1, null, 1000));
    }
}
