using System.Globalization;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Grpc;

/// <summary>What stands around the tensors of a request.</summary>
/// <param name="Version">Empty: none was named.</param>
/// <param name="Raw">Whether the tensors came as raw contents.</param>
internal readonly record struct InferHead(string Model, string Version, bool Raw);

/// <summary>Reads a <c>ModelInferRequest</c>; field numbers as in open_inference.proto.</summary>
internal static class InferWire
{
    [ThreadStatic]
    private static List<WireRange>? _raw;

    /// <param name="message">Typed contents are appended as raw elements, so that places in it stay right and every element has one.</param>
    /// <exception cref="RefusedException"><c>request-malformed, parameter-invalid, tensor-value, raw-contents-mixed</c>.</exception>
    public static InferHead Read(InferEnvelope request, ByteBuffer message)
    {
        request.Clear();
        var raw = _raw ??= [];
        raw.Clear();
        var (model, version) = ("", "");
        var bytes = message.Span;
        var reader = new WireReader(bytes, new(0, bytes.Length));
        while (reader.Next(out var field, out var type))
        {
            switch (field)
            {
                case 1:
                    model = reader.Bytes(type).Text(bytes);
                    break;
                case 2:
                    version = reader.Bytes(type).Text(bytes);
                    break;
                case 3:
                    var id = reader.Bytes(type);
                    request.Id = id.Length == 0 ? null : id.Text(bytes);
                    break;
                case 4:
                    ReadParameter(request, bytes, reader.Bytes(type));
                    break;
                case 5:
                    request.Add(ReadInput(request, message, bytes, reader.Bytes(type)));
                    break;
                case 6:
                    request.Add(new OutputEntry(ReadName(bytes, reader.Bytes(type)), null));
                    break;
                case 7:
                    raw.Add(reader.Bytes(type));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        request.Check();
        Place(request, bytes, raw);
        return new(model, version, raw.Count > 0);
    }

    private static void ReadParameter(InferEnvelope request, ReadOnlySpan<byte> bytes, WireRange entry)
    {
        var (parameter, value) = (RequestParameter.Unknown, default(ParameterValue));
        var reader = new WireReader(bytes, entry);
        while (reader.Next(out var field, out var type))
        {
            switch (field)
            {
                case 1:
                    var name = reader.Bytes(type);
                    parameter = RequestParameters.Find(bytes.Slice(name.Start, name.Length));
                    break;
                case 2:
                    value = ReadValue(bytes, reader.Bytes(type));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (parameter == RequestParameter.Key)
        {
            request.Key = value.Text is { Length: > 0 } text ? text : value.Whole?.ToString(CultureInfo.InvariantCulture) ?? throw new RefusedException(new(
                "parameter-invalid", RefusalKind.Malformed, "'parameters.key' takes a string that is not empty, or a whole number.", "parameters.key", "Send the unit that the decision is about."));
        }
        else if (parameter != RequestParameter.BinaryOutput)
        {
            request.Terms = request.Terms.With(parameter, value);
        }
    }

    private static ParameterValue ReadValue(ReadOnlySpan<byte> bytes, WireRange message)
    {
        var value = default(ParameterValue);
        var reader = new WireReader(bytes, message);
        while (reader.Next(out var field, out var type))
        {
            switch (field)
            {
                case 1 when type == WireType.Varint:
                    value = new(null, reader.Varint() != 0, null);
                    break;
                case 2 when type == WireType.Varint:
                    value = new((long)reader.Varint(), null, null);
                    break;
                case 3:
                    value = new(null, null, reader.Bytes(type).Text(bytes));
                    break;
                case 5 when type == WireType.Varint:
                    var unsigned = reader.Varint();
                    value = new(unsigned <= long.MaxValue ? (long)unsigned : null, null, null);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return value;
    }

    private static TensorEntry ReadInput(InferEnvelope request, ByteBuffer message, ReadOnlySpan<byte> bytes, WireRange input)
    {
        var entry = new TensorEntry { ShapeStart = request.Dimensions.Count };
        WireRange? contents = null;
        var reader = new WireReader(bytes, input);
        while (reader.Next(out var field, out var type))
        {
            switch (field)
            {
                case 1:
                    entry = entry with { Name = reader.Bytes(type).Token };
                    break;
                case 2:
                    entry = entry with { DataType = reader.Bytes(type).Token };
                    break;
                case 3 when type == WireType.Varint:
                    request.AddDimension((long)reader.Varint(), entry.ShapeStart);
                    break;
                case 3:
                    for (var packed = new WireReader(bytes, reader.Bytes(type)); !packed.AtEnd;)
                    {
                        request.AddDimension((long)packed.Varint(), entry.ShapeStart);
                    }

                    break;
                case 5:
                    contents = reader.Bytes(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        entry = entry with { ShapeLength = request.Dimensions.Count - entry.ShapeStart };
        return contents is { Length: > 0 } typed ? TypedContents.Place(entry, message, bytes, typed) : entry;
    }

    private static JsonToken ReadName(ReadOnlySpan<byte> bytes, WireRange output)
    {
        var name = default(JsonToken);
        var reader = new WireReader(bytes, output);
        while (reader.Next(out var field, out var type))
        {
            if (field == 1)
            {
                name = reader.Bytes(type).Token;
            }
            else
            {
                reader.Skip(type);
            }
        }

        return name;
    }

    private static void Place(InferEnvelope request, ReadOnlySpan<byte> bytes, List<WireRange> raw)
    {
        if (raw.Count > 0 && (raw.Count != request.Inputs.Count || request.Inputs.Exists(static input => input.Raw)))
        {
            throw new RefusedException(new("raw-contents-mixed", RefusalKind.Malformed,
                $"The request has {request.Inputs.Count} inputs and {raw.Count} raw_input_contents, or typed contents beside them.", "raw_input_contents",
                "Send raw_input_contents for every input, in the order of the inputs, or contents in every input."));
        }

        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            if (raw.Count > 0)
            {
                request.Inputs[i] = input with { Raw = true, RawStart = raw[i].Start, RawLength = raw[i].Length };
            }
            else if (!input.Raw)
            {
                var name = InferEnvelope.Text(input.Name, bytes);
                throw new RefusedException(new("tensor-value", RefusalKind.Malformed, $"Input '{name}' has no contents.", name, "Send raw_input_contents for every input, or contents in every input."));
            }
        }
    }
}
