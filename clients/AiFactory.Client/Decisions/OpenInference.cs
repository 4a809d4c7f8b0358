using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiFactory.Client.Decisions;

/// <summary>A request of the Open Inference Protocol v2.</summary>
/// <param name="Parameters">
/// <c>key</c> names the unit of assignment; <c>priority</c> is 1 (high) to 3 (low); <c>timeout</c> is in microseconds; <c>sequence_id</c>,
/// <c>sequence_start</c> and <c>sequence_end</c> are for models with a memory.
/// </param>
public sealed record InferenceRequest(
    IReadOnlyList<InferenceTensor> Inputs, string? Id = null, IReadOnlyDictionary<string, object>? Parameters = null);

/// <summary>One tensor of the protocol.</summary>
/// <param name="Shape">With the batch as its first axis.</param>
/// <param name="Datatype"><c>FP32</c>, <c>BYTES</c>, ... as the protocol names them.</param>
/// <param name="Data">The elements, flat, as a JSON array.</param>
public sealed record InferenceTensor(string Name, IReadOnlyList<long> Shape, string Datatype, JsonElement Data)
{
    /// <summary>A tensor out of values: numbers, strings or booleans.</summary>
    public static InferenceTensor Of<T>(string name, string datatype, params IReadOnlyList<T> values) =>
        new(name, [values.Count, 1], datatype, JsonSerializer.SerializeToElement(values));
}

/// <summary>The answer, with the decision's id and variant in its parameters.</summary>
public sealed record InferenceResponse(
    [property: JsonPropertyName("model_name")] string ModelName,
    [property: JsonPropertyName("model_version")] string? ModelVersion,
    string? Id,
    IReadOnlyList<InferenceTensor> Outputs,
    IReadOnlyDictionary<string, JsonElement>? Parameters);
