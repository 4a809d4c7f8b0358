using AiFactory.DecisionLog.Segments;

namespace AiFactory.DecisionLog.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void Compute_PublishedVectors_AreMatched()
    {
        // RFC 3720, B.4; the check value of the digits is the one of the catalogue of parametrised CRC algorithms.
        byte[] ascending = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(0, new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(0, Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(0, ascending));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(0, ascending.Reverse().ToArray()));
        Assert.Equal(0xE3069283u, Crc32C.Compute(0, "123456789"u8));
    }

    [Theory]
    [InlineData(767)]
    [InlineData(768)]
    [InlineData(769)]
    [InlineData(5_003)]
    [InlineData(16_384)]
    public void Compute_LongInput_IsTheSumOfItsBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        var byByte = bytes.Aggregate(0u, (crc, next) => Crc32C.Compute(crc, [next]));

        Assert.Equal(byByte, Crc32C.Compute(0, bytes));
        Assert.Equal(byByte, Crc32C.Compute(Crc32C.Compute(0, bytes.AsSpan(0, length / 3)), bytes.AsSpan(length / 3)));
    }
}
