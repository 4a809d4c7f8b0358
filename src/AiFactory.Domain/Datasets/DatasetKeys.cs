using System.Globalization;
using System.Text.Json.Serialization;

namespace AiFactory.Domain.Datasets;

/// <summary>Grain key of a dataset: <c>tenant/name</c>.</summary>
public readonly record struct DatasetKey(string Tenant, string Dataset)
{
    public string ToGrainKey() => $"{Tenant}/{Dataset}";

    public static DatasetKey FromGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new(key[..slash], key[(slash + 1)..]);
    }

    public override string ToString() => ToGrainKey();
}

/// <summary>One immutable version of a dataset; users write it <c>name@version</c>.</summary>
public readonly record struct DatasetVersionKey(string Tenant, string Dataset, int Version)
{
    [JsonIgnore]
    public DatasetKey DatasetKey => new(Tenant, Dataset);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Dataset}@{Version}");
}
