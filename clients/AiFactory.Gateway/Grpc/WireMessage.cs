using System.Buffers;
using AiFactory.Gateway.Rows;
using AiFactory.Gateway.Shadows;
using AiFactory.Threading;
using Grpc.Core;

namespace AiFactory.Gateway.Grpc;

/// <summary>
/// The bytes of one protobuf message. Inference requests and replies travel as such: their tensors go from the wire into packed rows and back without
/// a message object between. Pooled: whoever is handed one returns it.
/// </summary>
internal sealed class WireMessage
{
    private const int KeptBytesMax = 1 << 18;

    private WireMessage()
    {
    }

    public static Marshaller<WireMessage> Marshaller { get; } = new(Write, Read);

    public ByteBuffer Bytes { get; } = new(1024);

    /// <summary>Of a reply, what begins once it is written; null: nothing.</summary>
    public ShadowSending? Mirror { get; set; }

    public static WireMessage Rent() => ReusePool<WireMessage>.TryRent() ?? new();

    public void Return()
    {
        Bytes.Clear();
        Mirror = null;
        if (Bytes.Capacity <= KeptBytesMax)
        {
            ReusePool<WireMessage>.Return(this);
        }
    }

    private static WireMessage Read(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        var message = Rent();
        payload.CopyTo(message.Bytes.Append(checked((int)payload.Length)));
        return message;
    }

    // A message written is a message done with.
    private static void Write(WireMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.Bytes.Length);
        context.GetBufferWriter().Write(message.Bytes.Span);
        context.Complete();
        message.Mirror?.Start();
        message.Return();
    }
}
