using System.Threading.Channels;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Rows;
using AiFactory.Grains.Workers;
using Orleans.Concurrency;

namespace AiFactory.Gateway.Fakes;

/// <summary>A worker that computes what the test says, when the test says.</summary>
internal sealed class FakeWorker(string key) : IWorkerGrain
{
    private readonly Lock _gate = new();
    private readonly List<int> _messages = [];
    private readonly List<MessageTerms> _terms = [];
    private Channel<int>? _hold;

    /// <summary>Signature of the models it serves, by grain key.</summary>
    public Dictionary<string, ModelSignature> Signatures { get; } = [];

    /// <summary>Turns one packed input row into one packed output row.</summary>
    public Action<ReadOnlyMemory<byte>, ByteBuffer> Row { get; set; } = static (row, output) => output.Append(row.Span[..4]);

    /// <summary>Thrown instead of an answer, while it is set.</summary>
    public Func<InferenceMessage, Exception?>? Failure { get; set; }

    public long Nanoseconds { get; set; } = 1000;

    public long Picodollars { get; set; } = 500;

    public Func<string, ModelSignature> OnInspect { get; set; } = static _ => throw new RefusedException(new("artifact-corrupt", RefusalKind.Unprocessable, "Not a model."));

    /// <summary>Rows of each message, in order of arrival.</summary>
    public IReadOnlyList<int> Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>Terms of each message, in order of arrival.</summary>
    public IReadOnlyList<MessageTerms> Terms
    {
        get
        {
            lock (_gate)
            {
                return [.. _terms];
            }
        }
    }

    /// <summary>From now on each message waits for one <see cref="Release(int)"/>.</summary>
    public void Hold() => _hold = Channel.CreateUnbounded<int>();

    public void Release(int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            Assert.True(_hold!.Writer.TryWrite(i));
        }
    }

    /// <summary>Messages cancelled, in order.</summary>
    public List<long> Cancelled { get; } = [];

    public Task Cancel(string modelVersion, long messageId)
    {
        lock (_gate)
        {
            Cancelled.Add(messageId);
        }

        return Task.CompletedTask;
    }

    public async Task<Immutable<byte[]>> Infer(string modelVersion, Immutable<byte[]> message)
    {
        var sent = new InferenceMessage(message.Value);
        lock (_gate)
        {
            _messages.Add(sent.Rows);
            _terms.Add(sent.Terms);
        }

        if (_hold is { } hold)
        {
            await hold.Reader.ReadAsync();
        }

        if (Failure?.Invoke(sent) is { } failure)
        {
            await Task.Yield();
            throw failure;
        }

        var output = new ByteBuffer();
        InferenceReply.WriteHeader(output.Append(InferenceReply.HeaderBytes), sent.Rows, 7, Nanoseconds, Picodollars);
        var layout = PackedRows.Inputs(Signatures[modelVersion]);
        var rest = sent.PackedRows;
        for (var i = 0; i < sent.Rows; i++)
        {
            var length = layout.FirstRowLength(rest.Span);
            Row(rest[..length], output);
            rest = rest[length..];
        }

        return new(output.Span.ToArray());
    }

    public Task<WorkerStatus> Describe() =>
        Failure is null
            ? Task.FromResult(new WorkerStatus(WorkerKey.FromGrainKey(key), new("cpu-0", DeviceKind.Cpu, "cpu-slot"), [.. Signatures.Keys], [], 1, 2, 0.5))
            : Task.FromException<WorkerStatus>(new TimeoutException());

    public Task<ModelInspection> Inspect(string artifactSha256, string? sequence, RowPadding? padding)
    {
        var signature = sequence is null ? OnInspect(artifactSha256) : SequenceRules.Declare(OnInspect(artifactSha256), SequenceRules.Parse(sequence).OrThrow()).OrThrow();
        return Task.FromResult(new ModelInspection(padding is null ? signature : PaddingRules.Declare(signature, padding).OrThrow(), 4096, ["It ran."]));
    }

    /// <summary>Pinned models, by grain key.</summary>
    public HashSet<string> Pinned { get; } = [];

    public Task Load(ModelVersionKey model) => throw new NotSupportedException();

    public Task<WorkerModels> Pin(ModelVersionKey model)
    {
        Pinned.Add(model.ToGrainKey());
        return DescribeModels();
    }

    public Task<WorkerModels> Unload(ModelVersionKey model)
    {
        Pinned.Remove(model.ToGrainKey());
        return DescribeModels();
    }

    public Task Release(ModelVersionKey model) => throw new NotSupportedException();

    public Task<WorkerModels> DescribeModels() =>
        Failure is null
            ? Task.FromResult(new WorkerModels(WorkerKey.FromGrainKey(key), Pinned.Count * 10, 1000, [.. Pinned.Order().Select(model => new ModelInMemory(model, 10, 0, 0, true, false))]))
            : Task.FromException<WorkerModels>(new TimeoutException());

    public Task StartShard(ShardAssignment assignment) => throw new NotSupportedException();

    public Task<bool> HasShard(TrainingRunKey run, int attempt) => throw new NotSupportedException();

    public Task StopShard(TrainingRunKey run, int attempt) => throw new NotSupportedException();

    public Task Reduce(RingMessage message) => throw new NotSupportedException();
}
