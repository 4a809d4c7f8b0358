using System.Buffers.Binary;
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
        var signature = variant.Route.Signature;
        var inputs = signature.Inputs;
        Span<int> entries = inputs.Count <= 256 ? stackalloc int[inputs.Count] : new int[inputs.Count];
        Match(request, body, variant, entries);
        if (signature.Sequence is not null)
        {
            SequenceRow.Begin(request.Terms, rows);
        }

        // One row of one tensor is packed as it comes; else the tensors are read one by one and then dealt out to the rows.
        var direct = inputs.Count == 1 && (inputs[0].FreeAxes == 0 || !signature.Batched);
        var count = -1L;
        for (var i = 0; i < inputs.Count; i++)
        {
            var entry = request.Inputs[entries[i]];
            var shape = CollectionsMarshal.AsSpan(request.Dimensions).Slice(entry.ShapeStart, entry.ShapeLength);
            CheckShape(body, entry, inputs[i], signature.Batched, shape, ref count);
            if (direct)
            {
                WriteSizes(inputs[i], shape, rows);
            }

            if (!entry.Raw)
            {
                ReadData(request, body, entry, inputs[i], shape, direct ? rows : request.Staging(i));
                continue;
            }

            RawTensors.Check(inputs[i], shape, body.Slice(entry.RawStart, entry.RawLength));
            if (direct)
            {
                rows.Append(body.Slice(entry.RawStart, entry.RawLength));
            }
        }

        if (!direct)
        {
            Interleave(request, body, entries, inputs, (int)count, rows);
            request.Trim();
        }

        if (signature.Sequence is not null && count != 1)
        {
            throw Refused("tensor-shape", $"The model remembers what came before, and takes one row a request; there are {count}.", inputs[0].Name, "Send the rows of a sequence one request after another.");
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
                $"Send it with datatype {ElementFaults.Name(inputs[missing].DataType)} and shape {ShapeText(inputs[missing], variant.Route.Signature.Batched)}.");
        }
    }

    private static void CheckShape(ReadOnlySpan<byte> body, TensorEntry entry, TensorSpec input, bool batched, ReadOnlySpan<long> shape, ref long count)
    {
        var first = batched ? 1 : 0;
        var fits = shape.Length == input.RowShape.Count + first && (!batched || shape[0] >= 1);
        for (var d = 0; fits && d < input.RowShape.Count; d++)
        {
            fits = input.RowShape[d] < 0 || shape[d + first] == input.RowShape[d];
        }

        // A true scalar may also come as the one element of a vector.
        if (!fits && !(shape is [1] && !batched && input.RowShape.Count == 0))
        {
            throw Refused("tensor-shape", $"Input '{input.Name}' has shape {ShapeText(input, batched)}{(batched ? ", n at least 1," : "")} and got [{string.Join(',', shape.ToArray())}].", input.Name,
                batched ? "Send that shape; n is the number of rows, -1 any size." : "Send that shape; -1 is any size. The model has no batch axis: each request is one run.");
        }

        if (Elements(shape) > long.MaxValue)
        {
            throw Refused("tensor-shape", $"Input '{input.Name}' of shape [{string.Join(',', shape.ToArray())}] has more elements than can be counted.", input.Name, "Send less at a time.");
        }

        var rows = batched ? shape[0] : 1;
        if (count >= 0 && rows != count)
        {
            throw Refused("tensor-shape", $"Input '{input.Name}' has {rows} rows, and inputs before it have {count}.", input.Name, "Send the same number of rows in every input.");
        }

        count = rows;
        if (!entry.Raw && entry.Data.Type != JsonTokenType.StartArray)
        {
            throw Refused("tensor-value", $"Input '{input.Name}' takes an array as data, and got {(entry.Data.Present ? entry.Data.Describe(body) : "none")}.", input.Name,
                "Send its elements as an array, nested or flat.");
        }
    }

    private static void ReadData(
        InferEnvelope request, ReadOnlySpan<byte> body, TensorEntry entry, TensorSpec input, ReadOnlySpan<long> shape, ByteBuffer into)
    {
        if (input.DataType == TensorDataType.Fp32 && entry.SinglesLength > 0 && entry.SinglesLength == Elements(shape) * sizeof(float))
        {
            into.Append(request.Singles.Span.Slice(entry.SinglesStart, entry.SinglesLength));
            return;
        }

        var data = entry.Data.Bytes(body);
        var reader = new Utf8JsonReader(data);
        reader.Read();
        var fault = TensorData.Read(ref reader, data, input.DataType, shape, into);
        if (fault.Shape)
        {
            throw Refused("tensor-shape", $"The data of input '{input.Name}' is not of its shape [{string.Join(',', shape.ToArray())}]: {Elements(shape)} elements expected, and got {fault.Count}.",
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
                var shape = CollectionsMarshal.AsSpan(request.Dimensions).Slice(entry.ShapeStart, entry.ShapeLength);
                WriteSizes(inputs[i], shape, rows);
                var rest = (entry.Raw ? body.Slice(entry.RawStart, entry.RawLength) : request.Staged(i))[at[i]..];
                var elements = inputs[i].FreeAxes == 0 ? inputs[i].RowElements : (int)(Elements(shape) / count);
                var length = PackedRows.ElementsLength(inputs[i].DataType, elements, rest);
                rows.Append(rest[..length]);
                at[i] += length;
            }
        }
    }

    // Of a row's free axes, before its elements.
    private static void WriteSizes(TensorSpec input, ReadOnlySpan<long> shape, ByteBuffer rows)
    {
        var first = shape.Length - input.RowShape.Count;
        for (var d = 0; input.FreeAxes > 0 && d < input.RowShape.Count; d++)
        {
            if (input.RowShape[d] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rows.Append(sizeof(int)), (int)shape[first + d]);
            }
        }
    }

    private static Int128 Elements(ReadOnlySpan<long> shape)
    {
        Int128 elements = 1;
        foreach (var size in shape)
        {
            elements = elements > long.MaxValue ? elements : elements * size;
        }

        return elements;
    }

    /// <summary>A tensor's shape with its batch axis if it has one, e.g. <c>[n,64]</c>.</summary>
    public static string ShapeText(TensorSpec tensor, bool batched) =>
        $"[{string.Join(',', [.. batched ? ["n"] : Array.Empty<string>(), .. tensor.RowShape.Select(static size => size.ToString(System.Globalization.CultureInfo.InvariantCulture))])}]";

    public static RefusedException Unknown(string kind, string name, IReadOnlyList<TensorSpec> tensors) =>
        Refused("tensor-unknown", $"The model has no {kind} '{name}'.", name, $"Its {kind}s are: {string.Join(", ", tensors.Select(tensor => tensor.Name))}.");

    public static RefusedException Refused(string code, string what, string where, string mend) => new(new(code, RefusalKind.Malformed, what, where, mend));
}
