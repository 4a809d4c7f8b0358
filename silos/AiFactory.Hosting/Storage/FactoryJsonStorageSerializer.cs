using System.Text.Json;
using AiFactory.Domain.Serialization;
using Orleans.Storage;

namespace AiFactory.Hosting.Storage;

/// <summary>Grain state as JSON of the product's one convention. No CLR type names, so that classes may be renamed and moved.</summary>
internal sealed class FactoryJsonStorageSerializer : IGrainStorageSerializer
{
    public static readonly FactoryJsonStorageSerializer Instance = new();

    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, FactoryJson.Options));

    public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span, FactoryJson.Options)!;
}
