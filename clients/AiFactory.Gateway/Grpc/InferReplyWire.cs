using AiFactory.Domain.Models;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Grpc;

/// <summary>Writes a <c>ModelInferResponse</c>; field numbers as in open_inference.proto.</summary>
internal static class InferReplyWire
{
    /// <param name="raw">Whether the caller sent raw contents, and so gets them; FP16 outputs have no other form.</param>
    public static void Write(ByteBuffer into, string logName, in Asked asked, in Decided decided, in OutputChoice outputs, bool raw)
    {
        var tensors = asked.Variant.Route.Signature.Outputs;
        var count = outputs.Count(asked.Variant);
        for (var i = 0; i < count; i++)
        {
            raw |= tensors[outputs.Number(i)].DataType == TensorDataType.Fp16;
        }

        WireWriter.Text(into, 1, asked.Endpoint.Route.Endpoint);
        WireWriter.Text(into, 2, asked.Variant.ModelText);
        WireWriter.Text(into, 3, asked.RequestId);
        WriteParameters(into, logName, asked, decided);
        for (var i = 0; i < count; i++)
        {
            WriteTensor(into, asked, outputs.Number(i), tensors[outputs.Number(i)], raw);
        }

        for (var i = 0; raw && i < count; i++)
        {
            WireWriter.Bytes(into, 6, OutputTensors.Length(asked, outputs.Number(i)));
            OutputTensors.Copy(asked, outputs.Number(i), into);
        }
    }

    private static void WriteParameters(ByteBuffer into, string logName, in Asked asked, in Decided decided)
    {
        var entry = WireWriter.Open(into, 4);
        WireWriter.Text(into, 1, "decision_id");
        var value = WireWriter.Open(into, 2);
        var text = WireWriter.Open(into, 3);
        DecisionText.WriteId(into, logName, decided.Address);
        WireWriter.Close(into, text);
        WireWriter.Close(into, value);
        WireWriter.Close(into, entry);

        entry = WireWriter.Open(into, 4);
        WireWriter.Text(into, 1, "variant");
        value = WireWriter.Open(into, 2);
        WireWriter.Text(into, 3, asked.Variant.Route.Name);
        WireWriter.Close(into, value);
        WireWriter.Close(into, entry);
    }

    private static void WriteTensor(ByteBuffer into, in Asked asked, int output, TensorSpec tensor, bool raw)
    {
        var message = WireWriter.Open(into, 5);
        WireWriter.Text(into, 1, tensor.Name);
        WireWriter.Text(into, 2, ElementFaults.Name(tensor.DataType));
        var shape = WireWriter.Open(into, 3);
        for (var axis = 0; axis < OutputTensors.Rank(asked, output); axis++)
        {
            WireWriter.Varint(into, (ulong)OutputTensors.Dimension(asked, output, axis));
        }

        WireWriter.Close(into, shape);
        if (!raw)
        {
            var contents = WireWriter.Open(into, 5);
            TypedContents.Write(into, tensor.DataType, asked, output);
            WireWriter.Close(into, contents);
        }

        WireWriter.Close(into, message);
    }
}
