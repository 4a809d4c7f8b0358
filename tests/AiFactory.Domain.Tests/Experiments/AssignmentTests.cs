using AiFactory.Domain.Experiments;
using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Tests.Experiments;

public sealed class AssignmentTests
{
    /// <summary>The hash vectors for version 2 that GrowthBook publishes with its SDKs (cases.json, "hash").</summary>
    [Theory]
    [InlineData("seed", "a", 0.0505)]
    [InlineData("seed", "b", 0.2696)]
    [InlineData("", "a", 0.0216)]
    [InlineData("b", "a", 0.665)]
    [InlineData("my-test", "user-1", 0.0323)]
    [InlineData("foo", "ab", 0.2575)]
    [InlineData("foo", "def", 0.2019)]
    [InlineData("89123klj", "8952klfjas09ujkasdf", 0.124)]
    [InlineData("90850943850283058242805", "123", 0.7516)]
    [InlineData("()**(%$##$%#$#", "___)((*\":&", 0.0128)]
    public void Point_PublishedVectors_Match(string seed, string unit, double expected)
    {
        Assert.Equal(expected, Assignment.Point(seed, unit));
    }

    [Theory]
    [InlineData("salt", "アイウエオ")]
    [InlineData("", "")]
    [InlineData("🙂", "kündin 7")]
    public void Point_AnyText_FollowsTheDefinition(string seed, string unit) => Assert.Equal(Reference(seed + unit), Assignment.Point(seed, unit));

    [Fact]
    public void Bucket_FixedUnits_AreUniform()
    {
        var counts = new int[20];
        for (var unit = 0; unit < 100_000; unit++)
        {
            counts[Assignment.Bucket("salt-1", $"customer-{unit}") / 500]++;
        }

        Assert.InRange(ChiSquared.UpperP(counts.Sum(count => (count - 5_000.0) * (count - 5_000.0) / 5_000), 19), 0.001, 1);
    }

    [Fact]
    public void Bucket_SameUnit_IsStickyAndAllocatesNothing()
    {
        var first = Assignment.Bucket("salt", "customer-4711");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var same = true;
        for (var i = 0; i < 1_000; i++)
        {
            same &= Assignment.Bucket("salt", "customer-4711") == first;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(same);
    }

    // The definition, plainly: fnv1a32(str(fnv1a32(seed + value))) % 10000 / 10000.
    private static double Reference(string text)
    {
        static uint Fnv(string text) => System.Text.Encoding.UTF8.GetBytes(text).Aggregate(2166136261u, (hash, next) => (hash ^ next) * 16777619u);
        return Fnv(Fnv(text).ToString(System.Globalization.CultureInfo.InvariantCulture)) % 10_000 / 10_000.0;
    }
}
