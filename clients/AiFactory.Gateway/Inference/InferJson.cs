using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>Reads an Open Inference Protocol v2 request in JSON, with binary tensors behind it where it has them.</summary>
internal static class InferJson
{
    public const string LengthHeader = "Inference-Header-Content-Length";

    /// <param name="json">Length of the JSON at the body's start, with binary data behind it; -1: all of the body is JSON.</param>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="RefusedException"><c>request-malformed, parameter-invalid, binary-header-missing, binary-size</c>: it is not an inference request.</exception>
    public static void Read(InferEnvelope request, ReadOnlySpan<byte> body, int json = -1)
    {
        request.Clear();
        var reader = new BodyReader(json < 0 ? body : body[..json]);
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "the request", "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("inputs"u8))
            {
                ReadInputs(request, ref reader);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                request.Id = reader.TokenType is JsonTokenType.Null ? null : FeatureRowReader.UnitText(reader.Take(), body, "id");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                ReadParameters(request, ref reader, body);
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                ReadOutputs(request, ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        reader.Read();
        request.Check();
        PlaceBinary(request, body, json);
    }

    private static void ReadInputs(InferEnvelope request, ref BodyReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "inputs", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject, "an input", "an object");
            request.Add(ReadTensor(request, ref reader, out _));
        }
    }

    private static TensorEntry ReadTensor(InferEnvelope request, ref BodyReader reader, out bool? binary)
    {
        var entry = default(TensorEntry);
        binary = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("data"u8))
            {
                entry = ReadData(request, ref reader, entry);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                var start = request.Dimensions.Count;
                ReadShape(request, ref reader);
                entry = entry with { ShapeStart = start, ShapeLength = request.Dimensions.Count - start };
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                entry = entry with { Name = TakeString(ref reader, "name") };
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                entry = entry with { DataType = TakeString(ref reader, "datatype") };
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                reader.Read();
                ReadTensorParameters(ref reader, ref entry, ref binary);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return entry;
    }

    private static TensorEntry ReadData(InferEnvelope request, ref BodyReader reader, in TensorEntry entry)
    {
        var start = request.Singles.Length;
        if (reader.TryTakeSingles(request.Singles, out var array))
        {
            return entry with { Data = array, SinglesStart = start, SinglesLength = request.Singles.Length - start };
        }

        reader.Read();
        return entry with { Data = reader.Take(), SinglesLength = 0 };
    }

    private static void ReadTensorParameters(ref BodyReader reader, ref TensorEntry entry, ref bool? binary)
    {
        Expect(ref reader, JsonTokenType.StartObject, "parameters", "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("binary_data_size"u8))
            {
                reader.Read();
                var length = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var given) && given >= 0
                    ? given
                    : throw Invalid("binary_data_size", "a whole number of bytes, 0 or more", "Send the bytes that this tensor's elements take after the JSON.");
                entry = entry with { Raw = true, RawLength = length };
            }
            else if (reader.ValueTextEquals("binary_data"u8))
            {
                reader.Read();
                binary = Flag(ref reader, "binary_data");
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static void ReadShape(InferEnvelope request, ref BodyReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "shape", "an array of whole numbers");
        var start = request.Dimensions.Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            request.AddDimension(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var dimension) ? dimension : throw InferEnvelope.BadShape(), start);
        }
    }

    private static void ReadOutputs(InferEnvelope request, ref BodyReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray, "outputs", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject, "an output", "an object");
            var output = ReadTensor(request, ref reader, out var binary);
            request.Add(new OutputEntry(output.Name, binary));
        }
    }

    private static void ReadParameters(InferEnvelope request, ref BodyReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "parameters", "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var parameter = RequestParameters.Find(reader.ValueSpan);
            reader.Read();
            switch (parameter)
            {
                case RequestParameter.Unknown:
                    reader.Skip();
                    break;
                case RequestParameter.Key:
                    request.Key = FeatureRowReader.UnitText(reader.Take(), body, "parameters.key");
                    break;
                case RequestParameter.BinaryOutput:
                    request.BinaryOutput = Flag(ref reader, "parameters.binary_data_output");
                    break;
                default:
                    request.Terms = request.Terms.With(parameter, Value(ref reader));
                    break;
            }
        }
    }

    private static ParameterValue Value(ref BodyReader reader)
    {
        var value = new ParameterValue(
            reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var whole) ? whole : null,
            reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.TokenType == JsonTokenType.True : null,
            reader.TokenType == JsonTokenType.String ? reader.GetString() : null);
        reader.Skip();
        return value;
    }

    // Binary data stands behind the JSON, tensor after tensor in the order of the inputs.
    private static void PlaceBinary(InferEnvelope request, ReadOnlySpan<byte> body, int json)
    {
        var at = (long)(json < 0 ? body.Length : json);
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            if (!input.Raw)
            {
                continue;
            }

            if (json < 0)
            {
                throw new RefusedException(new("binary-header-missing", RefusalKind.Malformed, $"Input '{Name(input, body)}' has a binary_data_size, and the request no header that says where binary data begins.",
                    LengthHeader, $"Send {LengthHeader} with the length of the JSON in bytes, or the elements as JSON in 'data'."));
            }

            if (input.Data.Present)
            {
                throw InferEnvelope.Malformed($"Input '{Name(input, body)}' has both data and a binary_data_size.", Name(input, body), "Send its elements either as JSON or as binary data.");
            }

            if (input.RawLength > body.Length - at)
            {
                throw BinarySize($"The binary data of input '{Name(input, body)}' ends outside of the body, which has {body.Length - at} bytes left of {input.RawLength}.", Name(input, body));
            }

            request.Inputs[i] = input with { RawStart = (int)at };
            at += input.RawLength;
        }

        if (at != body.Length)
        {
            throw BinarySize($"The body has {body.Length - at} bytes behind the last input's binary data.", "body");
        }
    }

    private static string Name(in TensorEntry input, ReadOnlySpan<byte> body) => InferEnvelope.Text(input.Name, body);

    private static RefusedException BinarySize(string what, string where) => new(new("binary-size", RefusalKind.Malformed, what, where,
        $"Send the JSON, whose length is {LengthHeader}, then each input's binary_data_size bytes in order, and nothing more."));

    private static bool Flag(ref BodyReader reader, string where)
    {
        var flag = reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.TokenType == JsonTokenType.True : (bool?)null;
        return RequestTerms.Flag(new(null, flag, null), where);
    }

    private static JsonToken TakeString(ref BodyReader reader, string member)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.String, member, "a string");
        return reader.Take();
    }

    private static void Expect(ref BodyReader reader, JsonTokenType type, string what, string wanted)
    {
        if (reader.TokenType != type)
        {
            throw InferEnvelope.Malformed($"In the request, {what} is not {wanted}.", what, "See the Open Inference Protocol v2 for what a request holds.");
        }
    }

    private static RefusedException Invalid(string where, string wanted, string mend) =>
        new(new("parameter-invalid", RefusalKind.Malformed, $"'{where}' takes {wanted}.", where, mend));
}
