using AiFactory.Domain.Decisions;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>Writes an Open Inference Protocol v2 answer.</summary>
internal static class InferText
{
    /// <param name="outputs">Numbers of the outputs to give; null gives all.</param>
    public static void Write(ByteBuffer into, string logName, in Asked asked, in Decided decided, int[]? outputs)
    {
        into.Append("{\"model_name\":"u8);
        into.Append(asked.Endpoint.NameJson);
        into.Append(",\"model_version\":"u8);
        into.Append(asked.Variant.ModelJson);
        into.Append(",\"id\":"u8);
        JsonText.WriteString(into, asked.RequestId);
        into.Append(",\"outputs\":["u8);
        var tensors = asked.Variant.Route.Signature.Outputs;
        for (var i = 0; i < (outputs?.Length ?? tensors.Count); i++)
        {
            if (i > 0)
            {
                into.Append((byte)',');
            }

            WriteTensor(into, asked, outputs?[i] ?? i);
        }

        into.Append("],\"parameters\":{\"decision_id\":\""u8);
        DecisionText.WriteId(into, logName, decided.Address);
        into.Append("\",\"variant\":"u8);
        into.Append(asked.Rows.Kind == DecisionKind.Default ? "\"\""u8 : asked.Variant.NameJson);
        DecisionText.WriteOrigin(into, asked);
        into.Append("}}"u8);
    }

    private static void WriteTensor(ByteBuffer into, in Asked asked, int output)
    {
        var tensors = asked.Variant.Route.Signature.Outputs;
        var tensor = tensors[output];
        into.Append("{\"name\":"u8);
        into.Append(asked.Variant.OutputNamesJson[output]);
        into.Append(",\"datatype\":\""u8);
        System.Text.Encoding.ASCII.GetBytes(ElementFaults.Name(tensor.DataType), into.Append(ElementFaults.Name(tensor.DataType).Length));
        into.Append("\",\"shape\":["u8);
        JsonText.WriteNumber(into, asked.Rows.Rows);
        foreach (var dimension in tensor.RowShape)
        {
            into.Append((byte)',');
            JsonText.WriteNumber(into, dimension);
        }

        into.Append("],\"data\":["u8);
        WriteData(into, tensors, output, asked.Rows.Rows, asked.Rows.Output.Span);
        into.Append("]}"u8);
    }

    // Rows have the tensors side by side: pick this one out of each.
    private static void WriteData(ByteBuffer into, IReadOnlyList<TensorSpec> tensors, int output, int count, ReadOnlySpan<byte> rows)
    {
        for (var row = 0; row < count; row++)
        {
            for (var i = 0; i < tensors.Count; i++)
            {
                var length = PackedRows.TensorLength(tensors[i], rows);
                if (i == output)
                {
                    if (row > 0)
                    {
                        into.Append((byte)',');
                    }

                    JsonText.WriteElements(into, tensors[i].DataType, tensors[i].RowElements, rows[..length]);
                }

                rows = rows[length..];
            }
        }
    }
}
