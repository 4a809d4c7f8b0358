using System.Buffers.Text;
using System.Globalization;

namespace AiFactory.Domain.Datasets;

/// <summary>
/// How the text of a field becomes a value, from its UTF-8 bytes and without allocation. The whole field must be the value; spaces and
/// tabs around it are ignored. Every method gives false for text that is no such value.
/// </summary>
public static class FieldText
{
    private const int ExactDigitsMax = 15;

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>A decimal integer of 64 bits, with an optional sign. <c>1.0</c> and <c>1e3</c> are none.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> text, out long value)
    {
        text = Trim(text);
        return Utf8Parser.TryParse(text, out value, out var consumed) && consumed == text.Length;
    }

    /// <summary>A finite decimal number, with an optional sign and exponent, correctly rounded. NaN, infinities and overflow are none.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double value)
    {
        text = Trim(text);
        return TryShortNumber(text, out value)
            || (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                    CultureInfo.InvariantCulture, out value)
                && double.IsFinite(value));
    }

    /// <summary><c>true</c> or <c>false</c>, in any case of letters.</summary>
    public static bool TryBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        text = Trim(text);
        value = System.Text.Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || System.Text.Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    /// <summary>
    /// ISO 8601 as microseconds since 1970-01-01T00:00:00Z: <c>yyyy-MM-dd</c>, or with <c>THH:mm[:ss[.f]]</c> (a space may stand for the T)
    /// and <c>Z</c>, <c>+hh:mm</c> or nothing, which means UTC. Digits of a second beyond the sixth are cut off.
    /// </summary>
    public static bool TryTimestamp(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        text = Trim(text);
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var days = new DateOnly(year, month, day).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        if (!TryTimeOfDay(text[10..], out var withinDay)) return false;
        microseconds = (days * TimeSpan.MicrosecondsPerDay) + withinDay;
        return true;
    }

    /// <summary>The ISO 8601 text of a timestamp, in UTC, with as many digits of a second as it needs.</summary>
    public static string FormatTimestamp(DateTime utc) =>
        utc.ToString(utc.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) =>
        text.Length > 0 && (text[0] is (byte)' ' or (byte)'\t' || text[^1] is (byte)' ' or (byte)'\t') ? text.Trim(" \t"u8) : text;

    /// <summary>
    /// Digits with at most one point, 15 digits at most: both the digits as an integer and the power of ten are exact doubles, so one
    /// division rounds correctly (Clinger 1990, the fast path).
    /// </summary>
    private static bool TryShortNumber(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        var negative = text.Length > 0 && text[0] == '-';
        long digits = 0;
        int count = 0, point = -1;
        for (var i = negative ? 1 : 0; i < text.Length; i++)
        {
            var digit = (uint)text[i] - '0';
            if (digit <= 9)
            {
                if (++count > ExactDigitsMax) return false;
                digits = (digits * 10) + digit;
            }
            else if (text[i] == '.' && point < 0)
            {
                point = count;
            }
            else
            {
                return false;
            }
        }

        if (count == 0) return false;
        var magnitude = point < 0 ? digits : digits / PowersOfTen[count - point];
        value = negative ? -magnitude : magnitude;
        return true;
    }

    private static bool TryTimeOfDay(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.IsEmpty) return true;
        if (text[0] is not ((byte)'T' or (byte)' ') || text.Length < 6 || text[3] != ':'
            || !TryDigits(text[1..3], out var hour) || !TryDigits(text[4..6], out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        microseconds = (hour * TimeSpan.MicrosecondsPerHour) + (minute * TimeSpan.MicrosecondsPerMinute);
        text = text[6..];
        if (text.Length > 0 && text[0] == ':')
        {
            if (text.Length < 3 || !TryDigits(text[1..3], out var second) || second > 59) return false;
            microseconds += second * TimeSpan.MicrosecondsPerSecond;
            text = text[3..];
            if (text.Length > 0 && text[0] == '.' && !TryFraction(ref text, ref microseconds)) return false;
        }

        return TryOffset(text, ref microseconds);
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> text, ref long microseconds)
    {
        var length = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        length = length < 0 ? text.Length - 1 : length;
        if (length == 0) return false;
        long unit = 100_000;
        for (var i = 1; i <= length && unit > 0; i++, unit /= 10) microseconds += (text[i] - '0') * unit;
        text = text[(length + 1)..];
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, ref long microseconds)
    {
        if (text.IsEmpty || text.SequenceEqual("Z"u8) || text.SequenceEqual("z"u8)) return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !TryDigits(text[1..3], out var hours) || !TryDigits(text[4..6], out var minutes) || hours > 14 || minutes > 59)
        {
            return false;
        }

        var offset = (hours * TimeSpan.MicrosecondsPerHour) + (minutes * TimeSpan.MicrosecondsPerMinute);
        microseconds += text[0] == '-' ? offset : -offset;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            var digit = (uint)c - '0';
            if (digit > 9) return false;
            value = (value * 10) + (int)digit;
        }

        return true;
    }
}
