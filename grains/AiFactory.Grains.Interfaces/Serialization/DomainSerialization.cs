using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AiFactory.Grains.Serialization;

/// <summary>How Domain records cross the wire: as JSON, by one registration for silos and clients alike.</summary>
public static class DomainSerialization
{
    public static IServiceCollection AddDomainSerialization(this IServiceCollection services) =>
        services.AddSerializer(serializer => serializer.AddJsonSerializer(
            isSupported: static type => type.Namespace?.StartsWith("AiFactory.Domain", StringComparison.Ordinal) == true && !typeof(Exception).IsAssignableFrom(type),
            jsonSerializerOptions: FactoryJson.Options));
}

[GenerateSerializer, Alias("aifactory.refused")]
public struct RefusedExceptionSurrogate
{
    [Id(0)]
    public Refusal Refusal { get; set; }
}

[RegisterConverter]
public sealed class RefusedExceptionConverter : IConverter<RefusedException, RefusedExceptionSurrogate>
{
    public RefusedException ConvertFromSurrogate(in RefusedExceptionSurrogate surrogate) => new(surrogate.Refusal);

    public RefusedExceptionSurrogate ConvertToSurrogate(in RefusedException value) => new() { Refusal = value.Refusal };
}
