using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Fakes;

/// <summary>A worker of this process that answers when the test says: each row's first four bytes.</summary>
internal sealed class FakeLocalWorker : ILocalWorker
{
    private readonly List<LocalCall> _calls = [];

    /// <summary>Calls so far, in order.</summary>
    public IReadOnlyList<LocalCall> Calls => _calls;

    /// <summary>Messages cancelled, in order.</summary>
    public List<long> Cancelled { get; } = [];

    public ValueTask<byte[]> Infer(string modelVersion, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms)
    {
        var call = new LocalCall(packedRows.ToArray(), rows, terms);
        _calls.Add(call);
        return new(call.Answered);
    }

    /// <summary>Thrown by every cancellation, while it is set.</summary>
    public Exception? CancelFailure { get; set; }

    public void Cancel(string modelVersion, long messageId)
    {
        Cancelled.Add(messageId);
        if (CancelFailure is { } failure)
        {
            throw failure;
        }
    }
}

internal sealed class LocalCall(byte[] packedRows, int rows, MessageTerms terms)
{
    private readonly TaskCompletionSource<byte[]> _answer = new();

    public MessageTerms Terms { get; } = terms;

    public Task<byte[]> Answered => _answer.Task;

    public void Answer(int batchRows = 1, long nanoseconds = 1000, long picodollars = 500, int? rows = null)
    {
        var reply = new byte[InferenceReply.HeaderBytes + ((rows ?? Rows) * 4)];
        InferenceReply.WriteHeader(reply, batchRows, 7, nanoseconds, picodollars);
        for (var row = 0; row < (rows ?? Rows); row++)
        {
            packedRows.AsSpan(row * (packedRows.Length / Rows), 4).CopyTo(reply.AsSpan(InferenceReply.HeaderBytes + (row * 4)));
        }

        _answer.SetResult(reply);
    }

    public void Fail(Exception failure) => _answer.SetException(failure);

    private int Rows { get; } = rows;
}
