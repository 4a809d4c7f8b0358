using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Gateway.Fakes;

/// <summary>Routes and signatures that tests use.</summary>
internal static class Routes
{
    /// <summary>Two numeric columns in, a probability out: the fake worker gives the first column back.</summary>
    public static ModelSignature Numeric() => new(
        [new("age", TensorDataType.Fp32, [1]), new("spend", TensorDataType.Fp32, [1])],
        [new("probability", TensorDataType.Fp32, [1])]);

    public static VariantRoute Variant(string name, ModelVersionKey model, double from, double to, ModelSignature signature, BinaryClasses? classes = null, params string[] replicas) =>
        new(name, model, from, to, signature, classes, [.. (replicas.Length > 0 ? replicas : ["silo-1/cpu-0"]).Select(WorkerKey.FromGrainKey)]);

    public static EndpointRoute Endpoint(string name, string? keyField, params VariantRoute[] variants) =>
        new(name, 3, "salt", keyField, Durability.PageCache, variants, null);

    /// <summary>One variant <c>a</c> with the two classes no and yes.</summary>
    public static EndpointRoute Churn(string? keyField = "customer", params string[] replicas) =>
        Endpoint("churn", keyField, Variant("a", new("default", "churn-mlp", 1), 0, 1, Numeric(), new("probability", "no", "yes"), replicas));
}
