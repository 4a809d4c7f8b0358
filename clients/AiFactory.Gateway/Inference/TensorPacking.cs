using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>Checks a request's tensors against a model's signature, and turns them into packed rows.</summary>
internal static class TensorPacking
{
    /// <returns>The number of rows.</returns>
    /// <exception cref="RefusedException">
    /// <c>tensor-unknown, tensor-missing, tensor-repeated, tensor-datatype, tensor-shape, tensor-value</c>, naming the tensor, what it takes and
    /// what it got.
    /// </exception>
    public static int Pack(InferEnvelope request, ReadOnlySpan<byte> body, ServedVariant variant, ByteBuffer rows)
    {
        var inputs = variant.Route.Signature.Inputs;
        Span<int> entries = inputs.Count <= 256 ? stackalloc int[inputs.Count] : new int[inputs.Count];
        Match(request, body, variant, entries);
        var count = -1L;
        for (var i = 0; i < inputs.Count; i++)
        {
            var entry = request.Inputs[entries[i]];
            var shape = CollectionsMarshal.AsSpan(request.Dimensions).Slice(entry.ShapeStart, entry.ShapeLength);
            CheckShape(request, body, entry, inputs[i], shape, ref count);
            if (!entry.Raw)
            {
                ReadData(body, entry, inputs[i], shape, inputs.Count == 1 ? rows : request.Staging(i));
                continue;
            }

            RawTensors.Check(inputs[i], shape, body.Slice(entry.RawStart, entry.RawLength));
            if (inputs.Count == 1)
            {
                rows.Append(body.Slice(entry.RawStart, entry.RawLength));
            }
        }

        if (inputs.Count > 1)
        {
            Interleave(request, body, entries, inputs, (int)count, rows);
            request.Trim();
        }

        return (int)count;
    }

    private static void Match(InferEnvelope request, ReadOnlySpan<byte> body, ServedVariant variant, Span<int> entries)
    {
        var inputs = variant.Route.Signature.Inputs;
        entries.Fill(-1);
        for (var e = 0; e < request.Inputs.Count; e++)
        {
            var entry = request.Inputs[e];
            if (!entry.Name.Present)
            {
                throw InferEnvelope.Malformed("An input has no name.", $"inputs[{e}]", "Send inputs as [{name, shape, datatype, data}].");
            }

            var slot = variant.InputNames.Find(entry.Name.Bytes(body), e);
            if (slot < 0)
            {
                throw Unknown("input", InferEnvelope.Text(entry.Name, body), inputs);
            }

            if (entries[slot] >= 0)
            {
                throw Refused("tensor-repeated", $"Input '{inputs[slot].Name}' is there twice.", inputs[slot].Name, "Send each input once.");
            }

            entries[slot] = e;
            var expected = ElementFaults.Name(inputs[slot].DataType);
            if (!Ascii.Equals(entry.DataType.Bytes(body), expected))
            {
                var got = entry.DataType.Present ? InferEnvelope.Text(entry.DataType, body) : "none";
                throw Refused("tensor-datatype", $"Input '{inputs[slot].Name}' has datatype {expected}, and got {got}.", inputs[slot].Name, $"Send datatype {expected}.");
            }
        }

        var missing = entries.IndexOf(-1);
        if (missing >= 0)
        {
            throw Refused("tensor-missing", $"Input '{inputs[missing].Name}' is missing.", inputs[missing].Name,
                $"Send it with datatype {ElementFaults.Name(inputs[missing].DataType)} and shape {ShapeText(inputs[missing])}.");
        }
    }

    private static void CheckShape(InferEnvelope request, ReadOnlySpan<byte> body, TensorEntry entry, TensorSpec input, ReadOnlySpan<long> shape, ref long count)
    {
        var fits = shape.Length == input.RowShape.Count + 1 && shape[0] >= 1;
        for (var d = 0; fits && d < input.RowShape.Count; d++)
        {
            fits = shape[d + 1] == input.RowShape[d];
        }

        if (!fits)
        {
            throw Refused("tensor-shape", $"Input '{input.Name}' has shape {ShapeText(input)}, n at least 1, and got [{string.Join(',', shape.ToArray())}].", input.Name,
                "Send that shape; n is the number of rows.");
        }

        if (count >= 0 && shape[0] != count)
        {
            throw Refused("tensor-shape", $"Input '{input.Name}' has {shape[0]} rows, and inputs before it have {count}.", input.Name, "Send the same number of rows in every input.");
        }

        count = shape[0];
        if (!entry.Raw && entry.Data.Type != JsonTokenType.StartArray)
        {
            throw Refused("tensor-value", $"Input '{input.Name}' takes an array as data, and got {(entry.Data.Present ? entry.Data.Describe(body) : "none")}.", input.Name,
                "Send its elements as an array, nested or flat.");
        }
    }

    private static void ReadData(ReadOnlySpan<byte> body, TensorEntry entry, TensorSpec input, ReadOnlySpan<long> shape, ByteBuffer into)
    {
        var data = entry.Data.Bytes(body);
        var reader = new Utf8JsonReader(data);
        reader.Read();
        var fault = TensorData.Read(ref reader, data, input.DataType, shape, into);
        if (fault.Shape)
        {
            throw Refused("tensor-shape", $"The data of input '{input.Name}' is not of its shape [{string.Join(',', shape.ToArray())}]: {shape[0] * input.RowElements} elements expected, and got {fault.Count}.",
                input.Name, "Send as many elements as the shape says, flat or nested as it is.");
        }

        if (!fault.None)
        {
            throw Refused("tensor-value", $"Input '{input.Name}' {ElementFaults.What(fault.Fault, input.DataType, fault.Token.Describe(data))} at element {fault.Index}.", input.Name,
                ElementFaults.Mend(fault.Fault, input.DataType));
        }
    }

    // The request has tensor after tensor; rows have a row of each tensor side by side.
    private static void Interleave(
        InferEnvelope request, ReadOnlySpan<byte> body, ReadOnlySpan<int> entries, IReadOnlyList<TensorSpec> inputs, int count, ByteBuffer rows)
    {
        Span<int> at = inputs.Count <= 256 ? stackalloc int[inputs.Count] : new int[inputs.Count];
        at.Clear();
        for (var row = 0; row < count; row++)
        {
            for (var i = 0; i < inputs.Count; i++)
            {
                var entry = request.Inputs[entries[i]];
                var rest = (entry.Raw ? body.Slice(entry.RawStart, entry.RawLength) : request.Staged(i))[at[i]..];
                var length = PackedRows.TensorLength(inputs[i], rest);
                rows.Append(rest[..length]);
                at[i] += length;
            }
        }
    }

    /// <summary>A tensor's shape with its batch axis, e.g. <c>[n,64]</c>.</summary>
    public static string ShapeText(TensorSpec tensor) => $"[{string.Join(',', tensor.RowShape.Select(static dimension => dimension.ToString(System.Globalization.CultureInfo.InvariantCulture)).Prepend("n"))}]";

    public static RefusedException Unknown(string kind, string name, IReadOnlyList<TensorSpec> tensors) =>
        Refused("tensor-unknown", $"The model has no {kind} '{name}'.", name, $"Its {kind}s are: {string.Join(", ", tensors.Select(tensor => tensor.Name))}.");

    public static RefusedException Refused(string code, string what, string where, string mend) => new(new(code, RefusalKind.Malformed, what, where, mend));
}
