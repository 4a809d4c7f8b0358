using System.Buffers;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Engines.Tests.Batching;

/// <summary>Classes, deadlines and cancellation on one device by a clock that only the test moves.</summary>
public sealed class DeviceSchedulingTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeviceExecutor _device;
    private readonly List<float> _ran = new(8192);
    private readonly GatedModel _model;
    private readonly GatedModel _other;
    private readonly ModelExecutor _executor;
    private readonly ModelExecutor _otherExecutor;

    public DeviceSchedulingTests()
    {
        (_model, _other) = (new(_ran), new(_ran));
        _device = new("silo/cpu-0", new BatchingOptions(4, 100_000, AgingMs: 500, TunedRowsMax: 4, HoldMicrosecondsMax: 0), new(new DevicePricing(1m), _time));
        _executor = _device.Attach("model", _model);
        _otherExecutor = _device.Attach("other", _other);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_HigherClassOfAnotherModel_GoesFirst()
    {
        var first = await Occupy();
        var low = Run(_executor, 1, RequestPriority.Low);
        var normal = Run(_executor, 2, RequestPriority.Normal);
        var high = Run(_otherExecutor, 3, RequestPriority.High);
        _model.Open(3);
        _other.Open(1);

        await Task.WhenAll(first, low, normal, high);
        Assert.Equal([0f, 3f, 2f], _ran);
        Assert.Equal([1, 2], _model.BatchRows);
    }

    [Fact]
    public async Task Run_LowClassThatWaitedTwiceTheAging_OvertakesTheHighest()
    {
        var first = await Occupy();
        var low = Run(_otherExecutor, 1, RequestPriority.Low);
        _time.Advance(TimeSpan.FromMilliseconds(1000));
        var high = Run(_executor, 2, RequestPriority.High);
        _model.Open(2);
        _other.Open(1);

        await Task.WhenAll(first, low, high);
        Assert.Equal([0f, 1f, 2f], _ran);
    }

    [Fact]
    public async Task Run_DeadlinePassedWhileWaiting_IsRefusedAndNeverRuns()
    {
        var first = await Occupy();
        var late = Run(_executor, 1, budget: TimeSpan.FromMilliseconds(10));
        var patient = Run(_executor, 2, budget: TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        _model.Open(2);

        var refusal = (await Assert.ThrowsAsync<RefusedException>(() => late)).Refusal;
        Assert.Equal(("deadline-unreachable", RefusalKind.Timeout), (refusal.Code, refusal.Kind));
        Assert.Equal(10_000_000, (await patient).QueueNanoseconds);
        await first;
        Assert.Equal([1, 1], _model.BatchRows);
        Assert.Equal(0, _device.NamedJobs);
    }

    [Fact]
    public async Task Run_DeadlineBeforeWhatIsExpected_IsRefusedAtOnce()
    {
        // Teaches that a row takes 20 ms.
        _model.OnRun = () => _time.Advance(TimeSpan.FromMilliseconds(20));
        _model.Open(5);
        for (var i = 0; i < 4; i++)
        {
            await Run(_executor, i);
        }

        await Run(_executor, 0);
        _model.OnRun = null;
        var atWork = await Occupy();
        var ahead = Run(_executor, 1);

        // 20 ms of the batch at work, then 20 ms at least.
        Assert.Equal("deadline-unreachable", (await Assert.ThrowsAsync<RefusedException>(() => Run(_executor, 2, budget: TimeSpan.FromMilliseconds(39)))).Refusal.Code);
        var reachable = Run(_executor, 3, budget: TimeSpan.FromSeconds(1));
        Assert.Equal(2, _device.WaitingRows);
        _model.Open(10);
        await Task.WhenAll(atWork, ahead, reachable);
    }

    [Fact]
    public async Task Run_EstimateThatIsOld_RefusesNobody()
    {
        _model.OnRun = () => _time.Advance(TimeSpan.FromMilliseconds(20));
        _model.Open(2);
        await Run(_executor, 1);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2f, Value(await Run(_executor, 2, budget: TimeSpan.FromMilliseconds(1))));
    }

    [Fact]
    public async Task Cancel_ByIdOfTenThousandWaiting_LeavesNothing()
    {
        const int Count = 10_000;
        var first = await Occupy();
        var waiting = new Task<InferenceAnswer>[Count];
        var rows = new List<WeakReference>(Count);
        Fill(waiting, rows);
        Assert.Equal((Count, Count), (_device.WaitingRows, _device.NamedJobs));

        for (var id = Count; id > 0; id--)
        {
            _device.Cancel("model", id);
        }

        Assert.Equal((0, 0), (_device.WaitingRows, _device.NamedJobs));
        foreach (var task in waiting)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => task);
        }

        Array.Clear(waiting);
        GC.Collect();
        Assert.DoesNotContain(rows, row => row.IsAlive);
        _model.Open(1);
        await first;
        Assert.Equal([1], _model.BatchRows);
    }

    [Fact]
    public async Task Cancel_UnknownOrForeignId_HasNoEffect()
    {
        var first = await Occupy();
        var waiting = Run(_executor, 7, id: 5);
        _device.Cancel("other", 5);
        _device.Cancel("model", 6);
        _device.Cancel("model", 0);
        _model.Open(2);

        await first;
        Assert.Equal(7f, Value(await waiting));
    }

    [Fact]
    public async Task Cancel_EveryMessageOfTheBatchAtWork_TerminatesIt()
    {
        var first = await Occupy();
        var one = Run(_executor, 1, id: 1);
        var two = Run(_executor, 2, id: 2);
        _model.Open(1);
        await first;
        await _model.Entered.WaitAsync(Cancellation);

        _device.Cancel("model", 1);
        _device.Cancel("model", 1);
        Assert.Equal(0, _model.Terminations);
        _device.Cancel("model", 2);
        Assert.Equal(1, _model.Terminations);
        await Assert.ThrowsAsync<OperationCanceledException>(() => one);
        await Assert.ThrowsAsync<OperationCanceledException>(() => two);

        _model.Open(1);
        Assert.Equal(3f, Value(await Run(_executor, 3)));
        Assert.Equal(3, _model.BatchRows.Count);
    }

    [Fact]
    public async Task Cancel_OneOfTwoInTheBatchAtWork_LetsTheOtherBeAnswered()
    {
        var first = await Occupy();
        var one = Run(_executor, 1, id: 1);
        var two = Run(_executor, 2, id: 2);
        _model.Open(1);
        await first;
        await _model.Entered.WaitAsync(Cancellation);
        _device.Cancel("model", 1);
        _model.Open(1);

        await one;
        Assert.Equal(2f, Value(await two));
        Assert.Equal(0, _model.Terminations);
    }

    [Fact]
    public async Task Run_SteadyState_AllocatesNothingButAnswers()
    {
        const int Rounds = 2000;
        _model.Open(int.MaxValue);
        var input = Rows.Of(1);
        for (var i = 0; i < 300; i++)
        {
            await _executor.Run(input, 1, 0, new JobTerms(RequestPriority.Normal, 1000, 1_000_000_000, i + 1), Cancellation);
        }

        await Idle();
        var before = _device.AllocatedBytes;
        for (var i = 0; i < Rounds; i++)
        {
            await _executor.Run(input, 1, 0, new JobTerms(RequestPriority.Normal, 1000, 1_000_000_000, i + 1), Cancellation);
        }

        // An array of 4 bytes takes 32 with its header; an object of any size would take at least 24 a batch.
        await Idle();
        Assert.InRange(_device.AllocatedBytes - before, Rounds * 32, (Rounds * 32) + Rounds);
    }

    public void Dispose()
    {
        _model.Open(1_000_000);
        _other.Open(1_000_000);
        _device.Dispose();
        _model.Entered.Dispose();
        _other.Entered.Dispose();
    }

    private static float Value(InferenceAnswer answer) => Assert.Single(Rows.Floats(answer.Bytes));

    private void Fill(Task<InferenceAnswer>[] waiting, List<WeakReference> rows)
    {
        for (var i = 0; i < waiting.Length; i++)
        {
            var bytes = Rows.Of(i);
            rows.Add(new(bytes));
            waiting[i] = _executor.Run(bytes, 1, 0, JobTerms.Default with { MessageId = i + 1 }, Cancellation).AsTask();
        }
    }

    private static Task<InferenceAnswer> Run(ModelExecutor executor, float value, RequestPriority priority = RequestPriority.Normal, TimeSpan? budget = null, long id = 0) =>
        executor.Run(Rows.Of(value), 1, 0, new JobTerms(priority, 100_000, budget is { } time ? (long)time.TotalNanoseconds : long.MaxValue, id), Cancellation).AsTask();

    // The device notes what it allocated after it has handed the answers on; a detached model is let go of after that.
    private async Task Idle()
    {
        var probe = new GatedModel([]);
        _device.Attach("probe", probe).Dispose();
        await probe.Gone.WaitAsync(Cancellation);
    }

    private async Task<Task<InferenceAnswer>> Occupy()
    {
        while (_model.Entered.CurrentCount > 0)
        {
            await _model.Entered.WaitAsync(Cancellation);
        }

        var first = Run(_executor, 0);
        await _model.Entered.WaitAsync(Cancellation);
        return first;
    }

    /// <summary>Gives back its one number; each run waits to be let through.</summary>
    private sealed class GatedModel(List<float> ran) : IInferenceModel
    {
        private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly object _gate = new();
        private long _open;
        private bool _terminated;

        public ModelSignature Signature { get; } = new([new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [1])]);

        public SemaphoreSlim Entered { get; } = new(0);

        public List<int> BatchRows { get; } = new(4096);

        public int Terminations { get; private set; }

        public Action? OnRun { get; set; }

        public Task Gone => _gone.Task;

        public void Open(int runs)
        {
            lock (_gate)
            {
                _open += runs;
                Monitor.PulseAll(_gate);
            }
        }

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            BatchRows.Add(rows);
            ran.Add(BitConverter.ToSingle(segments[0].Span));
            Entered.Release();
            lock (_gate)
            {
                while (_open == 0 && !_terminated)
                {
                    Monitor.Wait(_gate);
                }

                if (_terminated)
                {
                    _terminated = false;
                    throw new OperationCanceledException();
                }

                _open--;
            }

            OnRun?.Invoke();
            foreach (var segment in segments)
            {
                outputs.Write(segment.Span);
            }
        }

        public void Terminate()
        {
            lock (_gate)
            {
                Terminations++;
                _terminated = true;
                Monitor.PulseAll(_gate);
            }
        }

        public void Dispose() => _gone.TrySetResult();
    }
}
