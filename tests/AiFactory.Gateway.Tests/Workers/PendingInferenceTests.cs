using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Workers;

public sealed class PendingInferenceTests
{
    [Fact]
    public void TakeFrom_AnsweredInItsPlace_TheWaitIsTheOthers()
    {
        var (own, other) = (PendingInference.Rent(), PendingInference.Rent());
        own.QueueNanoseconds = 1_000_000;
        var bytes = new byte[InferenceReply.HeaderBytes + 4];
        InferenceReply.WriteHeader(bytes, batchRows: 2, priceBookVersion: 7, deviceNanoseconds: 10, picodollars: 20, queueNanoseconds: 30);
        var reply = new InferenceReply(bytes);
        other.Answer(reply, reply.PackedRows, reply.DeviceNanoseconds, reply.Picodollars);

        own.TakeFrom(other);

        Assert.Equal((4, 2, 10L, 20L, 30L), (own.Output.Length, own.BatchRows, own.DeviceNanoseconds, own.Picodollars, own.QueueNanoseconds));
        own.Return();
        other.Return();
    }
}
