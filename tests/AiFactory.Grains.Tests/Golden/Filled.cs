using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiFactory.Grains.Tests.Golden;

/// <summary>Values with every member set, the same at every run.</summary>
internal static class Filled
{
    private const int DepthMax = 14;

    private static readonly Dictionary<Type, object> Plain = new()
    {
        [typeof(string)] = "text",
        [typeof(bool)] = true,
        [typeof(byte)] = (byte)7,
        [typeof(short)] = (short)7,
        [typeof(int)] = 7,
        [typeof(long)] = 7L,
        [typeof(ulong)] = 7UL,
        [typeof(uint)] = 7U,
        [typeof(Int128)] = (Int128)7,
        [typeof(float)] = 0.5f,
        [typeof(double)] = 0.25,
        [typeof(decimal)] = 1.5m,
        [typeof(byte[])] = new byte[] { 1, 2, 3 },
        [typeof(ReadOnlyMemory<byte>)] = new ReadOnlyMemory<byte>([1, 2, 3]),
        [typeof(TimeSpan)] = TimeSpan.FromSeconds(5),
        [typeof(Guid)] = new Guid("00000000-0000-0000-0000-000000000007"),
        [typeof(DateTimeOffset)] = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture),
        [typeof(DateOnly)] = new DateOnly(2026, 1, 2),
        [typeof(JsonElement)] = JsonElement.Parse("1"),
        [typeof(Uri)] = new Uri("http://host/"),
        [typeof(object)] = "text",
    };

    public static object? Of(Type type, int depth = 0)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Plain.TryGetValue(type, out var plain))
            return plain;
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Last();
        if (depth > DepthMax)
            return null;
        return Map(type) is { } map ? MapOf(map, depth) : Element(type) is { } element ? ListOf(type, element, depth) : ObjectOf(type, depth);
    }

    private static Type? Element(Type type) => type.IsArray ? type.GetElementType()
        : type.GetInterfaces().Append(type).FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static Type[]? Map(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IReadOnlyDictionary<,>) || open == typeof(Dictionary<,>) || open == typeof(IDictionary<,>)) ? type.GetGenericArguments() : null;

    private static object MapOf(Type[] types, int depth)
    {
        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(types))!;
        map.Add(Of(types[0], depth + 1)!, Of(types[1], depth + 1));
        return map;
    }

    private static object ListOf(Type type, Type element, int depth)
    {
        var value = Of(element, depth + 1);
        var array = Array.CreateInstance(element, value is null ? 0 : 1);
        if (value is not null)
            array.SetValue(value, 0);
        return type.IsArray || type.IsInterface ? array : Activator.CreateInstance(type, array)!;
    }

    private static object? ObjectOf(Type type, int depth)
    {
        if (type.IsAbstract)
            return type.GetCustomAttributes<JsonDerivedTypeAttribute>().FirstOrDefault() is { } derived ? ObjectOf(derived.DerivedType, depth) : null;
        var constructor = type.GetConstructors().Where(candidate => candidate.GetParameters() is not [var only] || only.ParameterType != type)
            .MaxBy(candidate => candidate.GetParameters().Length);
        var made = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Of(parameter.ParameterType, depth + 1))]);
        var given = constructor?.GetParameters().Select(parameter => parameter.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && !given.Contains(property.Name)))
            property.SetValue(made, Of(property.PropertyType, depth + 1));
        return made;
    }
}
