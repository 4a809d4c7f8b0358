using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;
using CsCheck;

namespace AiFactory.Domain.Tests.Datasets;

public sealed class FieldTextTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-17", -17L)]
    [InlineData("+5", 5L)]
    [InlineData(" 42\t", 42L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryInteger_Integer_GivesValue(string text, long expected)
    {
        Assert.True(FieldText.TryInteger(Bytes(text), out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("12x")]
    [InlineData("9223372036854775808")]
    [InlineData("1 2")]
    public void TryInteger_OtherText_IsNone(string text) => Assert.False(FieldText.TryInteger(Bytes(text), out _));

    [Fact]
    public void TryNumber_AnyFiniteDouble_ReadsBackExactly() =>
        Gen.Double.Where(double.IsFinite).Sample(value =>
            FieldText.TryNumber(Bytes(value.ToString("R", CultureInfo.InvariantCulture)), out var read) && read == value);

    [Fact]
    public void TryNumber_ShortDecimals_RoundAsTheLibraryDoes() =>
        Gen.Select(Gen.Long[-999_999_999_999_999, 999_999_999_999_999], Gen.Int[0, 14]).Sample((digits, places) =>
        {
            var text = ((decimal)digits / (decimal)Math.Pow(10, places)).ToString(CultureInfo.InvariantCulture);
            return FieldText.TryNumber(Bytes(text), out var read) && read == double.Parse(text, CultureInfo.InvariantCulture);
        });

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("∞")]
    [InlineData("1e999")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("abc")]
    public void TryNumber_OtherText_IsNone(string text) => Assert.False(FieldText.TryNumber(Bytes(text), out _));

    [Theory]
    [InlineData("true", true)]
    [InlineData("FALSE", false)]
    public void TryBoolean_EitherWord_GivesValue(string text, bool expected)
    {
        Assert.True(FieldText.TryBoolean(Bytes(text), out var value));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void TryBoolean_OtherText_IsNone() => Assert.False(FieldText.TryBoolean("1"u8, out _));

    [Theory]
    [InlineData("1970-01-01", "1970-01-01T00:00:00Z")]
    [InlineData("2024-02-29T23:59", "2024-02-29T23:59:00Z")]
    [InlineData("2024-02-29 23:59:58.123456Z", "2024-02-29T23:59:58.123456Z")]
    [InlineData("2024-02-29T23:59:58.1234569Z", "2024-02-29T23:59:58.123456Z")]
    [InlineData("2024-01-01T00:30:00+02:00", "2023-12-31T22:30:00Z")]
    [InlineData("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z")]
    public void TryTimestamp_Iso8601_GivesUtc(string text, string expected)
    {
        Assert.True(FieldText.TryTimestamp(Bytes(text), out var microseconds));
        Assert.Equal(expected, FieldText.FormatTimestamp(DateTime.UnixEpoch.AddMicroseconds(microseconds)));
    }

    [Theory]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-1-1")]
    [InlineData("2024-01-01T24:00")]
    [InlineData("2024-01-01T10")]
    [InlineData("2024-01-01T10:00:61")]
    [InlineData("2024-01-01T10:00:00.")]
    [InlineData("2024-01-01T10:00:00+2")]
    [InlineData("2024-01-01x")]
    [InlineData("20240101")]
    public void TryTimestamp_OtherText_IsNone(string text) => Assert.False(FieldText.TryTimestamp(Bytes(text), out _));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
