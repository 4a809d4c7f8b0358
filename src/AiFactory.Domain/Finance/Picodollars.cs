using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiFactory.Domain.Finance;

/// <summary>An exact amount of money in 1e-12 USD. Written in JSON as a string of the integer, since it may exceed 53 bits.</summary>
[JsonConverter(typeof(PicodollarsJsonConverter))]
public readonly record struct Picodollars(Int128 Value) : IComparable<Picodollars>
{
    public static readonly Picodollars Zero;

    /// <summary>The amount in USD, exact to 1e-12 for amounts below 7.9e16 USD.</summary>
    public decimal ToUsd() => (decimal)Value / 1_000_000_000_000m;

    public static Picodollars FromUsd(decimal usd) => new((Int128)(usd * 1_000_000_000_000m));

    public static Picodollars Parse(string text) => new(Int128.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    public int CompareTo(Picodollars other) => Value.CompareTo(other.Value);

    public static Picodollars operator +(Picodollars a, Picodollars b) => new(checked(a.Value + b.Value));

    public static Picodollars operator -(Picodollars a, Picodollars b) => new(checked(a.Value - b.Value));

    public static bool operator <(Picodollars a, Picodollars b) => a.Value < b.Value;

    public static bool operator >(Picodollars a, Picodollars b) => a.Value > b.Value;

    public static bool operator <=(Picodollars a, Picodollars b) => a.Value <= b.Value;

    public static bool operator >=(Picodollars a, Picodollars b) => a.Value >= b.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

internal sealed class PicodollarsJsonConverter : JsonConverter<Picodollars>
{
    public override Picodollars Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Picodollars.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, Picodollars value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
