using AiFactory.DecisionLog.Codec;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using CsCheck;

namespace AiFactory.DecisionLog.Tests;

public sealed class RecordCodecTests
{
    /// <summary>Bytes as the first release wrote them. A failure means that logs on users' disks can no longer be read: add a kind, never change one.</summary>
    private static readonly string[] Golden = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "records-v1.hex"));

    private static readonly LogRecord[] GoldenRecords =
    [
        new DecisionRecord(
            Records.Noon, "default", "churn", 3, "a", "churn-mlp", 1, "request-1", "kündin-7", 4_711, 1, new byte[] { 1, 2, 3 }, new byte[] { 9 }, "yes", true,
            "silo-1/cpu-0", 4, 25_000, 1, new Picodollars((Int128)1 << 70), 912),
        Records.Outcome(64),
        Records.DeviceTime(7),
        new DecisionRecord(
            Records.Noon, "", "", -1, "", "", 0, "", "", 0, 0, default, default, "", false, "", 0, 0, 0, new Picodollars(-1), 0),
    ];

    private static readonly Gen<Picodollars> GenMoney = Gen.Select(Gen.Long, Gen.ULong, (high, low) => new Picodollars(new Int128((ulong)high, low)));

    private static readonly Gen<DecisionRecord> GenDecision =
        from texts in Gen.String.Array[8]
        from integers in Gen.Int.Array[4]
        from longs in Gen.Long.Array[3]
        from features in Gen.Byte.Array[0, 300]
        from outputs in Gen.Byte.Array[0, 30]
        from cost in GenMoney
        from positive in Gen.Bool
        from at in Gen.DateTimeOffset
        select new DecisionRecord(
            at, texts[0], texts[1], longs[0], texts[2], texts[3], integers[0], texts[4], texts[5], integers[1], integers[2], features, outputs, texts[6], positive,
            texts[7], integers[3], longs[1], integers[0], cost, longs[2]);

    [Fact]
    public void Encode_GoldenRecords_GivesTheSameBytesForEver() =>
        Assert.Equal(Golden, GoldenRecords.Select(record => Convert.ToHexStringLower(Encode(record))));

    [Fact]
    public void Decode_GoldenBytes_GivesTheRecords()
    {
        for (var i = 0; i < Golden.Length; i++)
        {
            Records.AssertSame(GoldenRecords[i], RecordCodec.Decode(Convert.FromHexString(Golden[i])));
        }

        Assert.Equal(GoldenRecords.Length, Golden.Length);
    }

    [Fact]
    public void Decode_AnyDecision_RoundTrips() =>
        GenDecision.Where(WellFormed).Sample(decision => Records.AssertSame(decision, RecordCodec.Decode(Encode(decision))));

    [Fact]
    public void Decode_CutAnywhere_ThrowsInvalidData()
    {
        foreach (var bytes in Golden.Select(Convert.FromHexString))
        {
            for (var length = 1; length < bytes.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => RecordCodec.Decode(bytes.AsSpan(0, length)));
            }
        }
    }

    [Fact]
    public void Decode_KindOfALaterRelease_IsRefused()
    {
        var refused = Assert.Throws<RefusedException>(() => RecordCodec.Decode([200, 1, 2]));
        Assert.Equal("log-newer", refused.Refusal.Code);
    }

    // UTF-8 has no lone surrogates; none can come in over HTTP either.
    private static bool WellFormed(DecisionRecord d) =>
        new[] { d.Tenant, d.Endpoint, d.Variant, d.Model, d.RequestId, d.Unit, d.Predicted, d.Worker }
            .All(text => text == System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)));

    private static byte[] Encode(LogRecord record)
    {
        var buffer = new byte[RecordCodec.BytesMax(record)];
        return buffer[..RecordCodec.Encode(record, buffer)];
    }
}
