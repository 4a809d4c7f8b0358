using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiFactory.Domain.Serialization;

/// <summary>The one JSON convention of the product: grain state, grain messages, HTTP bodies and the CLI's <c>--json</c>.</summary>
public static class FactoryJson
{
    /// <summary>camelCase names, enums by camelCase name, nulls left out, NaN and infinities as quoted literals.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    /// <summary>The same for what people write: a name that is not known is a fault (<see cref="JsonException"/>), not skipped.</summary>
    public static JsonSerializerOptions Strict { get; } = Configure(new JsonSerializerOptions { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow });

    public static JsonSerializerOptions Indented { get; } = Configure(new JsonSerializerOptions { WriteIndented = true });

    /// <summary>Applies the convention to options that a framework owns, and returns them.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = true;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        return options;
    }
}
