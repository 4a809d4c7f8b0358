using System.Globalization;
using System.Text;

namespace AiFactory.Gateway.Rows;

public sealed class SingleTextTests
{
    private static readonly string[] Formats = ["R", "G7", "G9", "G17", "E8", "F6", "F12"];

    [Fact]
    public void Parse_AnySingleInAnyFormat_IsWhatTheGeneralParserGives()
    {
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var value = i % 2 == 0 ? (double)BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)) : (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 9));
            if (double.IsFinite(value))
            {
                read += Compare(value.ToString(Formats[i % Formats.Length], CultureInfo.InvariantCulture));
            }
        }

        Assert.InRange(read, 100_000, 200_000);
    }

    [Fact]
    public void Parse_AroundTheMiddleOfTwoSingles_IsWhatTheGeneralParserGives()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var low = BitConverter.Int32BitsToSingle(random.Next(0x2000_0000, 0x5000_0000));
            var middle = ((decimal)(double)low + (decimal)(double)MathF.BitIncrement(low)) / 2;
            var text = middle.ToString(CultureInfo.InvariantCulture);
            Compare(text);
            Compare(text + "1");
            Compare(text[..^1]);
            Compare((low + (((double)MathF.BitIncrement(low) - low) / 2)).ToString("R", CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("-", 0)]
    [InlineData("x", 0)]
    [InlineData("01", 0)]
    [InlineData("1.", 0)]
    [InlineData(".5", 0)]
    [InlineData("+1", 0)]
    [InlineData("1e", 0)]
    [InlineData("1e+", 0)]
    [InlineData("1e1000", 0)]
    [InlineData("1e39", 0)]
    [InlineData("12345678901234567890", 0)]
    [InlineData("0", 1)]
    [InlineData("-0.5]", 4)]
    [InlineData("1e-5,", 4)]
    [InlineData("1E+5 ", 4)]
    [InlineData("3.25", 4)]
    public void Parse_Cases_TakesTheNumberAlone(string text, int length)
    {
        Assert.Equal(length, SingleText.Parse(Encoding.ASCII.GetBytes(text), out var number));
        Assert.Equal(length == 0 ? 0 : float.Parse(text.AsSpan(0, length), CultureInfo.InvariantCulture), number);
    }

    // 1 where it was read here at all.
    private static int Compare(string text)
    {
        var length = SingleText.Parse(Encoding.ASCII.GetBytes(text), out var number);
        if (length == 0)
        {
            return 0;
        }

        Assert.Equal(text.Length, length);
        Assert.Equal(BitConverter.SingleToInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)), BitConverter.SingleToInt32Bits(number));
        return 1;
    }
}
