using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>Writes an Open Inference Protocol v2 answer: JSON, and behind it the outputs asked for as binary data.</summary>
internal static class InferText
{
    /// <returns>Length of the JSON; shorter than the whole where binary data follows.</returns>
    public static int Write(ByteBuffer into, string logName, in Asked asked, in Decided decided, in OutputChoice outputs)
    {
        into.Append("{\"model_name\":"u8);
        into.Append(asked.Endpoint.NameJson);
        into.Append(",\"model_version\":"u8);
        into.Append(asked.Variant.ModelJson);
        into.Append(",\"id\":"u8);
        JsonText.WriteString(into, asked.RequestId);
        into.Append(",\"outputs\":["u8);
        var count = outputs.Count(asked.Variant);
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                into.Append((byte)',');
            }

            WriteTensor(into, asked, outputs.Number(i), outputs.IsBinary(i));
        }

        into.Append("],\"parameters\":{\"decision_id\":\""u8);
        DecisionText.WriteId(into, logName, decided.Address);
        into.Append("\",\"variant\":"u8);
        into.Append(asked.Rows.Kind == DecisionKind.Default ? "\"\""u8 : asked.Variant.NameJson);
        DecisionText.WriteOrigin(into, asked);
        into.Append("}}"u8);
        var json = into.Length;
        for (var i = 0; i < count; i++)
        {
            if (outputs.IsBinary(i))
            {
                OutputTensors.Copy(asked, outputs.Number(i), into);
            }
        }

        return json;
    }

    private static void WriteTensor(ByteBuffer into, in Asked asked, int output, bool binary)
    {
        var tensor = asked.Variant.Route.Signature.Outputs[output];
        into.Append("{\"name\":"u8);
        into.Append(asked.Variant.OutputNamesJson[output]);
        into.Append(",\"datatype\":\""u8);
        System.Text.Encoding.ASCII.GetBytes(ElementFaults.Name(tensor.DataType), into.Append(ElementFaults.Name(tensor.DataType).Length));
        into.Append("\",\"shape\":["u8);
        for (var axis = 0; axis < OutputTensors.Rank(asked, output); axis++)
        {
            if (axis > 0)
            {
                into.Append((byte)',');
            }

            JsonText.WriteNumber(into, OutputTensors.Dimension(asked, output, axis));
        }

        if (binary)
        {
            into.Append("],\"parameters\":{\"binary_data_size\":"u8);
            JsonText.WriteNumber(into, OutputTensors.Length(asked, output));
            into.Append("}}"u8);
            return;
        }

        into.Append("],\"data\":["u8);
        var first = true;
        foreach (var row in OutputTensors.Of(asked, output))
        {
            if (row.Count == 0)
            {
                continue;
            }

            if (!first)
            {
                into.Append((byte)',');
            }

            first = false;
            JsonText.WriteElements(into, tensor.DataType, row.Count, row.Bytes);
        }

        into.Append("]}"u8);
    }
}
