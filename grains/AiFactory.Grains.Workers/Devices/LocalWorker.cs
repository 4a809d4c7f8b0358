using System.Runtime.CompilerServices;
using AiFactory.Threading;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>A device of this silo as its callers see it, be they in this process or behind the grain.</summary>
internal sealed class LocalWorker(WorkerDevice device, int priceBookVersion) : ILocalWorker
{
    public WorkerDevice Device { get; } = device;

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<byte[]> Infer(string modelVersion, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms)
    {
        var answer = await Device.Models.Run(modelVersion, packedRows, rows, terms).ConfigureAwait(false);
        InferenceReply.WriteHeader(answer.Bytes, answer.BatchRows, priceBookVersion, answer.DeviceNanoseconds, answer.Picodollars, answer.QueueNanoseconds);
        return answer.Bytes;
    }

    public void Cancel(string modelVersion, long messageId) => Device.Models.Cancel(modelVersion, messageId);
}
