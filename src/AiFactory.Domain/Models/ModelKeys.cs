using System.Globalization;
using System.Text.Json.Serialization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Models;

/// <summary>Grain key of a model, the line of its versions: <c>tenant/name</c>.</summary>
public readonly record struct ModelKey(string Tenant, string Model)
{
    public string ToGrainKey() => $"{Tenant}/{Model}";

    public static ModelKey FromGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new(key[..slash], key[(slash + 1)..]);
    }
}

/// <summary>Grain key of a model version: <c>tenant/name/version</c>; users write it <c>name@version</c>.</summary>
public readonly record struct ModelVersionKey(string Tenant, string Model, int Version)
{
    [JsonIgnore]
    public ModelKey ModelKey => new(Tenant, Model);

    public string ToGrainKey() => string.Create(CultureInfo.InvariantCulture, $"{Tenant}/{Model}/{Version}");

    public static ModelVersionKey FromGrainKey(string key)
    {
        var parts = key.Split('/');
        return new(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Reads <c>name@version</c>.</summary>
    public static Ruling<ModelVersionKey> Parse(string tenant, string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new ModelVersionKey(tenant, text[..at], version)
            : new Refusal("model-version-malformed", RefusalKind.Malformed, $"'{text}' is not a model version.", "model", "Write it name@version, e.g. churn-mlp@1.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}@{Version}");
}
