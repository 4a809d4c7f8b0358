using System.Buffers.Binary;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Grpc;

/// <summary>Turns the typed contents of <c>InferTensorContents</c> into raw elements, and back. Floating-point contents are raw already.</summary>
internal static class TypedContents
{
    private static readonly (byte[] Name, TensorDataType Type)[] Types = [.. Enum.GetValues<TensorDataType>().Select(type => (System.Text.Encoding.ASCII.GetBytes(ElementFaults.Name(type)), type))];

    /// <summary>The field of contents that goes with a datatype; 0: none does.</summary>
    public static int Field(TensorDataType type) => type switch
    {
        TensorDataType.Bool => 1,
        TensorDataType.Int8 or TensorDataType.Int16 or TensorDataType.Int32 => 2,
        TensorDataType.Int64 => 3,
        TensorDataType.UInt8 or TensorDataType.UInt16 or TensorDataType.UInt32 => 4,
        TensorDataType.UInt64 => 5,
        TensorDataType.Fp32 => 6,
        TensorDataType.Fp64 => 7,
        TensorDataType.Bytes => 8,
        _ => 0,
    };

    /// <summary>The input with its elements raw: where they stand, or behind the message.</summary>
    /// <exception cref="RefusedException"><c>request-malformed, tensor-value</c>.</exception>
    public static TensorEntry Place(in TensorEntry input, ByteBuffer message, ReadOnlySpan<byte> bytes, WireRange contents)
    {
        var datatype = input.DataType.Bytes(bytes);
        foreach (var (name, type) in Types)
        {
            if (datatype.SequenceEqual(name))
            {
                var place = Read(input, message, bytes, contents, type);
                return input with { Raw = true, RawStart = place.Start, RawLength = place.Length };
            }
        }

        // No model takes that datatype: whoever checks it against the signature says so.
        return input with { Raw = true };
    }

    private static WireRange Read(in TensorEntry input, ByteBuffer message, ReadOnlySpan<byte> bytes, WireRange contents, TensorDataType type)
    {
        var (start, wanted) = (message.Length, Field(type));
        WireRange? whole = null;
        var reader = new WireReader(bytes, contents);
        while (reader.Next(out var field, out var wire))
        {
            if (field != wanted)
            {
                throw Misplaced(InferEnvelope.Text(input.Name, bytes), type, field);
            }

            if (type is TensorDataType.Fp32 or TensorDataType.Fp64)
            {
                var floats = wire == WireType.Bytes ? reader.Bytes() : reader.Take(wire == WireType.Fixed64 ? sizeof(double) : wire == WireType.Fixed32 ? sizeof(float) : throw WireReader.Malformed());
                if (whole is null && message.Length == start && reader.AtEnd)
                {
                    return floats;
                }

                message.Append(bytes.Slice(floats.Start, floats.Length));
                whole = floats;
            }
            else if (type == TensorDataType.Bytes)
            {
                var text = reader.Bytes(wire);
                BinaryPrimitives.WriteInt32LittleEndian(message.Append(sizeof(int)), text.Length);
                message.Append(bytes.Slice(text.Start, text.Length));
            }
            else if (wire == WireType.Varint)
            {
                AppendWhole(input, message, bytes, type, reader.Varint());
            }
            else
            {
                for (var packed = new WireReader(bytes, reader.Bytes(wire)); !packed.AtEnd;)
                {
                    AppendWhole(input, message, bytes, type, packed.Varint());
                }
            }
        }

        return new(start, message.Length - start);
    }

    private static void AppendWhole(in TensorEntry input, ByteBuffer message, ReadOnlySpan<byte> bytes, TensorDataType type, ulong value)
    {
        var signed = (long)value;
        var (fits, size) = type switch
        {
            TensorDataType.Bool => (value <= 1, 1),
            TensorDataType.Int8 => ((sbyte)signed == signed, 1),
            TensorDataType.UInt8 => ((byte)value == value, 1),
            TensorDataType.Int16 => ((short)signed == signed, 2),
            TensorDataType.UInt16 => ((ushort)value == value, 2),
            TensorDataType.Int32 => ((int)signed == signed, 4),
            TensorDataType.UInt32 => ((uint)value == value, 4),
            _ => (true, 8),
        };
        if (!fits)
        {
            var name = InferEnvelope.Text(input.Name, bytes);
            throw new RefusedException(new("tensor-value", RefusalKind.Malformed, $"Input '{name}' takes {ElementFaults.Name(type)}, and {signed} is out of its range.", name, $"Send values that fit {ElementFaults.Name(type)}."));
        }

        Span<byte> little = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(little, value);
        message.Append(little[..size]);
    }

    /// <summary>Writes rows of raw elements as the value of <c>InferTensorContents</c>' field for the datatype.</summary>
    public static void Write(ByteBuffer into, TensorDataType type, in Decisions.Asked asked, int output)
    {
        if (type == TensorDataType.Bytes)
        {
            foreach (var row in OutputTensors.Of(asked, output))
            {
                for (var rest = row.Bytes; rest.Length > 0;)
                {
                    var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                    WireWriter.Bytes(into, Field(type), length);
                    into.Append(rest.Slice(sizeof(int), length));
                    rest = rest[(sizeof(int) + length)..];
                }
            }

            return;
        }

        var packed = WireWriter.Open(into, Field(type));
        foreach (var row in OutputTensors.Of(asked, output))
        {
            if (type is TensorDataType.Fp32 or TensorDataType.Fp64)
            {
                into.Append(row.Bytes);
                continue;
            }

            var size = Engines.Inference.PackedRows.ElementBytes(type);
            for (var at = 0; at < row.Bytes.Length; at += size)
            {
                WireWriter.Varint(into, ReadWhole(type, row.Bytes[at..]));
            }
        }

        WireWriter.Close(into, packed);
    }

    private static ulong ReadWhole(TensorDataType type, ReadOnlySpan<byte> element) => type switch
    {
        TensorDataType.Bool or TensorDataType.UInt8 => element[0],
        TensorDataType.Int8 => (ulong)(sbyte)element[0],
        TensorDataType.Int16 => (ulong)BinaryPrimitives.ReadInt16LittleEndian(element),
        TensorDataType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
        TensorDataType.Int32 => (ulong)BinaryPrimitives.ReadInt32LittleEndian(element),
        TensorDataType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(element),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(element),
    };

    private static RefusedException Misplaced(string name, TensorDataType type, int field) => new(new("tensor-value", RefusalKind.Malformed,
        $"Input '{name}' has datatype {ElementFaults.Name(type)}, and its contents are in field {field}.", name,
        Field(type) == 0 ? "Send FP16 in raw_input_contents; contents have no field for it." : $"Send them in field {Field(type)} of InferTensorContents, or in raw_input_contents."));
}
