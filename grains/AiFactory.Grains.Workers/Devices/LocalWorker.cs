using System.Runtime.CompilerServices;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Threading;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// A worker of this silo as its callers see it, be they in this process or behind the grain. Its device is open while it may be used; else every call is
/// refused for the reason why not.
/// </summary>
internal sealed class LocalWorker(WorkerKey key, Device described, int priceBookVersion) : ILocalWorker
{
    private volatile WorkerDevice? _device;
    private volatile Refusal _closed = new("worker-starting", RefusalKind.Unavailable, "The worker is starting.", key.ToGrainKey(), "Send again in a moment.");

    public WorkerKey Key => key;

    /// <summary>The device as this silo found it.</summary>
    public Device Described => described;

    /// <exception cref="RefusedException">The device is not open; the refusal says why.</exception>
    public WorkerDevice Device => _device ?? throw new RefusedException(_closed);

    /// <summary>The device; null when it is not open.</summary>
    public WorkerDevice? Opened => _device;

    /// <summary>Why the device is not open, or was not when it last was closed.</summary>
    public Refusal Closed => _closed;

    public void Open(WorkerDevice device) => _device = device;

    /// <summary>From here on no call reaches the device.</summary>
    /// <returns>The device that was open; null when none was, and only the reason is another.</returns>
    public WorkerDevice? Close(Refusal reason)
    {
        _closed = reason with { Kind = RefusalKind.Unavailable, Where = key.ToGrainKey() };
        var device = _device;
        _device = null;
        return device;
    }

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<byte[]> Infer(string modelVersion, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms)
    {
        var answer = await Device.Models.Run(modelVersion, packedRows, rows, terms).ConfigureAwait(false);
        InferenceReply.WriteHeader(answer.Bytes, answer.BatchRows, priceBookVersion, answer.DeviceNanoseconds, answer.Picodollars, answer.QueueNanoseconds);
        return answer.Bytes;
    }

    public void Cancel(string modelVersion, long messageId) => _device?.Models.Cancel(modelVersion, messageId);
}
