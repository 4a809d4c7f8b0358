namespace AiFactory.Gateway.Rows;

/// <summary>
/// Reads JSON numbers into single precision: at most 19 digits times a power of ten between -22 and 22. Digits and power are exact, or within half a unit,
/// in double precision, so that one operation there is within two units of the true value, and rounds to the same single as the true value unless the middle
/// between two singles is as near (Clinger, How to read floating point numbers accurately, PLDI 1990). Those, and numbers of other sizes, are left to a
/// general parser.
/// </summary>
internal static class SingleText
{
    private const int DigitsMax = 19;
    private const int PowerMax = 22;

    // Of a double's 52 bits of fraction, a single has 23.
    private const long DroppedBits = (1L << 29) - 1;
    private const long Middle = 1L << 28;
    private const long Doubt = 2;

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <returns>Length of the number at the start of the text; 0: there is none, or none that is read here.</returns>
    public static int Parse(ReadOnlySpan<byte> text, out float number)
    {
        number = 0;
        var at = text.Length > 0 && text[0] == (byte)'-' ? 1 : 0;
        var first = at;
        var digits = 0UL;
        at = Digits(text, at, ref digits);
        var count = at - first;
        if (count == 0 || (count > 1 && text[first] == (byte)'0'))
        {
            return 0;
        }

        var power = 0;
        if (at < text.Length && text[at] == (byte)'.')
        {
            var decimals = at + 1;
            at = Digits(text, decimals, ref digits);
            power = decimals - at;
            count -= power;
            if (power == 0)
            {
                return 0;
            }
        }

        if (at < text.Length && (text[at] | 0x20) == 'e' && !TryPower(text, ref at, ref power))
        {
            return 0;
        }

        return count <= DigitsMax && TryScale(digits, power, first == 1, out number) ? at : 0;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at, ref ulong digits)
    {
        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') is <= 9 and var digit)
        {
            digits = (digits * 10) + digit;
            at++;
        }

        return at;
    }

    private static bool TryPower(ReadOnlySpan<byte> text, ref int at, ref int power)
    {
        const int ExponentDigitsMax = 3;
        at++;
        var negative = at < text.Length && text[at] == (byte)'-';
        at += negative || (at < text.Length && text[at] == (byte)'+') ? 1 : 0;
        var (exponent, first) = (0UL, at);
        at = Digits(text, at, ref exponent);
        power += negative ? -(int)exponent : (int)exponent;
        return at - first is > 0 and <= ExponentDigitsMax;
    }

    private static bool TryScale(ulong digits, int power, bool negative, out float number)
    {
        number = 0;
        if (power is < -PowerMax or > PowerMax)
        {
            return false;
        }

        var scaled = power < 0 ? digits / PowersOfTen[-power] : digits * PowersOfTen[power];
        var fromMiddle = (BitConverter.DoubleToInt64Bits(scaled) & DroppedBits) - Middle;
        if (scaled > float.MaxValue || fromMiddle is >= -Doubt and <= Doubt)
        {
            return false;
        }

        number = negative ? -(float)scaled : (float)scaled;
        return true;
    }
}
