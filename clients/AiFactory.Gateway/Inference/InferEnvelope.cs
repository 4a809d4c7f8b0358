using System.Text;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>One tensor of a request, as found in the body.</summary>
/// <param name="ShapeStart">Where its dimensions begin in <see cref="InferEnvelope.Dimensions"/>.</param>
/// <param name="Binary">Whether it asks for the binary extension.</param>
internal readonly record struct TensorEntry(JsonToken Name, JsonToken DataType, int ShapeStart, int ShapeLength, JsonToken Data, bool Binary);

/// <summary>An inference request taken apart, before the model that serves it is known. Kept by its thread for the next request.</summary>
internal sealed class InferEnvelope
{
    private const int TensorsMax = 4096;
    private const int RankMax = 16;

    [ThreadStatic]
    private static InferEnvelope? _mine;

    private readonly List<ByteBuffer> _staging = [];

    public List<TensorEntry> Inputs { get; } = [];

    public List<long> Dimensions { get; } = [];

    /// <summary>Names of the outputs asked for; <see cref="OutputsFiltered"/> says whether there was a list.</summary>
    public List<JsonToken> Outputs { get; } = [];

    public bool OutputsFiltered { get; private set; }

    public string? Id { get; private set; }

    /// <summary>The unit of assignment: <c>parameters.key</c>.</summary>
    public string? Key { get; private set; }

    /// <summary>This thread's own; valid until the thread reads its next request.</summary>
    public static InferEnvelope Mine => _mine ??= new();

    /// <summary>A buffer for a tensor's elements, kept for the next use.</summary>
    public ByteBuffer Staging(int tensor)
    {
        while (_staging.Count <= tensor)
        {
            _staging.Add(new());
        }

        _staging[tensor].Clear();
        return _staging[tensor];
    }

    public ReadOnlySpan<byte> Staged(int tensor) => _staging[tensor].Span;

    /// <summary>Lets go of buffers that one large request blew up.</summary>
    public void Trim() => _staging.RemoveAll(static buffer => buffer.Capacity > 1 << 18);

    public static string Text(JsonToken token, ReadOnlySpan<byte> body) => token.Escaped ? token.Describe(body) : Encoding.UTF8.GetString(token.Bytes(body));

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="RefusedException"><c>request-malformed</c>: it is not an inference request.</exception>
    public void Read(ReadOnlySpan<byte> body)
    {
        (Id, Key, OutputsFiltered) = (null, null, false);
        Inputs.Clear();
        Outputs.Clear();
        Dimensions.Clear();
        var reader = new Utf8JsonReader(body);
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "the request", "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("inputs"u8))
            {
                ReadInputs(ref reader);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                Id = reader.TokenType is JsonTokenType.Null ? null : FeatureRowReader.UnitText(JsonToken.Take(ref reader), body, "id");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                ReadParameters(ref reader, body);
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                ReadOutputs(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        reader.Read();
        if (Inputs.Count == 0)
        {
            throw Malformed("The request has no inputs.", "inputs", "Send inputs as [{name, shape, datatype, data}].");
        }
    }

    public static RefusedException Malformed(string what, string where, string mend) => new(new("request-malformed", RefusalKind.Malformed, what, where, mend));

    private void ReadInputs(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "inputs", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject, "an input", "an object");
            if (Inputs.Count == TensorsMax)
            {
                throw Malformed($"There are more than {TensorsMax} inputs.", "inputs", "Send the model's inputs, each once.");
            }

            Inputs.Add(ReadTensor(ref reader));
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader)
    {
        var entry = default(TensorEntry);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                entry = entry with { Data = JsonToken.Take(ref reader) };
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                var start = Dimensions.Count;
                ReadShape(ref reader);
                entry = entry with { ShapeStart = start, ShapeLength = Dimensions.Count - start };
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                entry = entry with { Name = TakeString(ref reader, "name") };
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                entry = entry with { DataType = TakeString(ref reader, "datatype") };
            }
            else
            {
                entry = entry with { Binary = entry.Binary || reader.ValueTextEquals("parameters"u8) && HasBinarySize(reader) };
                reader.Read();
                reader.Skip();
            }
        }

        return entry;
    }

    private void ReadShape(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "shape", "an array of whole numbers");
        var start = Dimensions.Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var dimension) || dimension is < 0 or > int.MaxValue || Dimensions.Count - start == RankMax)
            {
                throw Malformed($"A shape is at most {RankMax} whole numbers of 0 or more.", "shape", "Send e.g. [1,64].");
            }

            Dimensions.Add(dimension);
        }
    }

    private void ReadOutputs(ref Utf8JsonReader reader)
    {
        OutputsFiltered = true;
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "outputs", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject, "an output", "an object");
            var output = ReadTensor(ref reader);
            if (!output.Name.Present)
            {
                throw Malformed("An output has no name.", "outputs", "Send outputs as [{name}].");
            }

            Outputs.Add(output.Name);
        }
    }

    private void ReadParameters(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "parameters", "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueTextEquals("key"u8);
            reader.Read();
            var value = JsonToken.Take(ref reader);
            if (key)
            {
                Key = FeatureRowReader.UnitText(value, body, "parameters.key");
            }
        }
    }

    private static bool HasBinarySize(Utf8JsonReader ahead)
    {
        ahead.Read();
        if (ahead.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            if (ahead.ValueTextEquals("binary_data_size"u8))
            {
                return true;
            }

            ahead.Read();
            ahead.Skip();
        }

        return false;
    }

    private static JsonToken TakeString(ref Utf8JsonReader reader, string member)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.String, member, "a string");
        return JsonToken.Take(ref reader);
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, string wanted)
    {
        if (reader.TokenType != type)
        {
            throw Malformed($"In the request, {what} is not {wanted}.", what, "See the Open Inference Protocol v2 for what a request holds.");
        }
    }
}
