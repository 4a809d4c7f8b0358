using System.Text.Json.Serialization;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Gateway.Status;

namespace AiFactory.Gateway.Inference;

internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape);

/// <param name="Versions">Of each variant, <c>name@version</c>.</param>
/// <param name="Inputs">Of the variant asked for, else of the first; an axis of any size is -1, the batch the first one.</param>
internal sealed record EndpointMetadata(string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

internal sealed record EndpointReadiness(string Name, bool Ready);

/// <summary>One tensor of an inference request.</summary>
internal sealed record InferTensor(string Name, long[] Shape, string Datatype, object[] Data);

/// <summary>An Open Inference Protocol v2 request, for the document; the handler reads the bytes.</summary>
internal sealed record InferRequest(string? Id, Dictionary<string, object>? Parameters, InferTensor[] Inputs, Dictionary<string, string>[]? Outputs);

internal sealed record InferResponse(
    [property: JsonPropertyName("model_name")] string ModelName,
    [property: JsonPropertyName("model_version")] string ModelVersion,
    string Id,
    InferTensor[] Outputs,
    Dictionary<string, object> Parameters);

internal sealed record InferError(string Error);

/// <summary>What the protocol tells about server and endpoints, for REST and gRPC alike.</summary>
internal static class InferenceMetadata
{
    private const string Platform = "onnxruntime_onnx";

    public static ServerMetadata Server { get; } = new("aifactory", FactoryVersion.Text, ["binary_tensor_data", "parameters", "sequence", "model_repository", "model_repository(unload_dependents)"]);

    /// <param name="version">As <see cref="ServedEndpoint.Version"/> takes it; null or empty: the endpoint as a whole.</param>
    /// <exception cref="Domain.Refusals.RefusedException"><c>version-not-found</c>.</exception>
    public static EndpointMetadata Describe(ServedEndpoint endpoint, string? version)
    {
        var signature = (string.IsNullOrEmpty(version) ? endpoint.Variants[0] : endpoint.Version(version)).Route.Signature;
        return new(endpoint.Route.Endpoint, [.. endpoint.Variants.Select(variant => variant.ModelText).Distinct(StringComparer.Ordinal)], Platform,
            [.. signature.Inputs.Select(tensor => Describe(tensor, signature.Batched))],
            [.. signature.Outputs.Select(tensor => Describe(tensor, signature.Batched))]);
    }

    /// <summary>Whether every variant, or the one asked for, has a worker to go to.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>version-not-found</c>.</exception>
    public static EndpointReadiness DescribeReadiness(ServedEndpoint endpoint, string? version) =>
        new(endpoint.Route.Endpoint, string.IsNullOrEmpty(version) ? Array.TrueForAll(endpoint.Variants, IsReady) : IsReady(endpoint.Version(version)));

    private static bool IsReady(ServedVariant variant) => variant.Lanes.Length > 0;

    private static TensorMetadata Describe(TensorSpec tensor, bool batched) =>
        new(tensor.Name, ElementFaults.Name(tensor.DataType), batched ? [-1, .. tensor.RowShape] : [.. tensor.RowShape]);
}
