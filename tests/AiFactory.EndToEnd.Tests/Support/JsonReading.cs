using System.Numerics;
using System.Text.Json;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>Reads answers member by member; what is missing is named, with the document that lacks it.</summary>
internal static class JsonReading
{
    public static JsonElement Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member)
            ? member
            : throw new KeyNotFoundException($"No member '{name}' in {element.GetRawText()}");

    public static bool Has(this JsonElement element, string name) => element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null;

    public static string Text(this JsonElement element, string name) => element.Member(name).GetString()!;

    public static long Long(this JsonElement element, string name) => element.Member(name).GetInt64();

    public static double Number(this JsonElement element, string name) => element.Member(name).GetDouble();

    public static bool Flag(this JsonElement element, string name) => element.Member(name).GetBoolean();

    public static JsonElement[] Items(this JsonElement element, string name) => [.. element.Member(name).EnumerateArray()];

    /// <summary>An amount in picodollars: an integer, written as a string because it may exceed 2^53.</summary>
    public static BigInteger Picodollars(this JsonElement element, string name) =>
        BigInteger.Parse(element.Text(name), System.Globalization.CultureInfo.InvariantCulture);
}
