using System.Buffers;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Inference.Sequences;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Batching;

public sealed class DeviceExecutorTests : IDisposable
{
    private readonly DeviceClock _clock = new(new DevicePricing(3.6m), TimeProvider.System);
    private readonly DeviceExecutor _device;
    private readonly ArithmeticModel _model = new(ArithmeticArtifact.Affine with { PoisonBelow = 0 });
    private readonly ModelExecutor _executor;
    private readonly ManualResetEventSlim _open = new(false);
    private readonly SemaphoreSlim _entered = new(0);

    public DeviceExecutorTests()
    {
        _device = new("silo/cpu-0", new BatchingOptions(64, 100), _clock);
        _executor = _device.Attach("affine", _model);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WhileABatchIsAtWork_LeavesTogetherInTheNext()
    {
        var first = await Occupy();
        var rest = Enumerable.Range(1, 20).Select(i => _executor.Run(Rows.AffineInputs(i, 3), 3, 0, Cancellation).AsTask()).ToArray();
        _open.Set();

        Assert.Equal(1, (await first).BatchRows);
        var answers = await Task.WhenAll(rest);
        Assert.All(answers, answer => Assert.Equal(60, answer.BatchRows));
        Assert.Equal([1, 60], _model.BatchRows);
        Assert.Equal((2, 61), (_device.Batches, _device.Rows));
        Assert.All(answers.Index(), pair => Assert.Equal(Rows.AffineOutputs(pair.Index + 1, 3), Rows.Floats(pair.Item.Bytes)));
    }

    [Fact]
    public async Task Run_Batches_AreChargedToTheirMessagesExactly()
    {
        var first = await Occupy();
        var rest = Enumerable.Range(1, 30).Select(i => _executor.Run(Rows.AffineInputs(i, 1 + (i % 3)), 1 + (i % 3), 0, Cancellation).AsTask()).ToArray();
        _open.Set();
        var answers = (await Task.WhenAll(rest)).Append(await first).ToArray();
        var interval = await _clock.Cut(Cancellation);

        Assert.Equal(interval.Inference, new Picodollars(answers.Sum(answer => answer.Picodollars)));
        Assert.Equal(interval.Bill, interval.Inference + interval.Idle);
        Assert.All(answers, answer => Assert.True(answer.DeviceNanoseconds >= 0));
        Assert.True(interval.Inference > Picodollars.Zero);
        Assert.InRange(answers.Sum(answer => answer.DeviceNanoseconds), 1, interval.WallNanoseconds);
    }

    [Fact]
    public async Task Run_NoRoomForTheAnswer_FailsAloneAndTheDeviceGoesOn()
    {
        var refused = _executor.Run(Rows.AffineInputs(1, 1), 1, int.MaxValue, Cancellation).AsTask();

        Assert.Equal("inference-failed", (await Assert.ThrowsAsync<RefusedException>(() => refused)).Refusal.Code);
        Assert.Equal(Rows.AffineOutputs(2, 1), Rows.Floats((await _executor.Run(Rows.AffineInputs(2, 1), 1, 0, Cancellation)).Bytes));
    }

    [Fact]
    public async Task Run_NoRoomForANeighboursAnswer_SequencesGoOnOneStepOnly()
    {
        var graph = new ArithmeticModel(ArithmeticArtifact.Total);
        var total = _device.Attach("total", new SequenceModel(graph, [new("total", "total_out")], new(), TimeProvider.System));
        await total.Run(Rows.Step("a", Rows.Of(1), start: true), 1, 0, Cancellation);
        await total.Run(Rows.Step("b", Rows.Of(1), start: true), 1, 0, Cancellation);
        var first = await Occupy();
        var refused = total.Run(Rows.Step("a", Rows.Of(1)), 1, int.MaxValue, Cancellation).AsTask();
        var answered = total.Run(Rows.Step("b", Rows.Of(1)), 1, 0, Cancellation).AsTask();
        _open.Set();
        await first;

        Assert.Equal("inference-failed", (await Assert.ThrowsAsync<RefusedException>(() => refused)).Refusal.Code);
        Assert.Equal(2f, Assert.Single(Rows.Floats((await answered).Bytes)));
        Assert.Equal([1, 1, 2], graph.BatchRows);
    }

    [Fact]
    public async Task Run_ModelWithMemoryWritesTooMuch_IsNotRunAgain()
    {
        var runs = 0;
        var talkative = _device.Attach("talkative", new TalkativeModel { OnRun = () => runs++ });
        var first = await Occupy();
        var refused = Enumerable.Range(0, 2).Select(i => talkative.Run(Rows.Step("a", Rows.Of(i)), 1, 0, Cancellation).AsTask()).ToArray();
        _open.Set();
        await first;

        foreach (var call in refused)
        {
            Assert.Equal("inference-failed", (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal.Code);
        }

        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Run_PoisonousNeighbour_FailsAlone()
    {
        var first = await Occupy();
        var before = _executor.Run(Rows.AffineInputs(1, 2), 2, 0, Cancellation).AsTask();
        var poison = _executor.Run(Rows.Of(-1, 0, 0), 1, 0, Cancellation).AsTask();
        var after = _executor.Run(Rows.AffineInputs(9, 2), 2, 0, Cancellation).AsTask();
        _open.Set();

        await first;
        Assert.Equal(Rows.AffineOutputs(1, 2), Rows.Floats((await before).Bytes));
        Assert.Equal(Rows.AffineOutputs(9, 2), Rows.Floats((await after).Bytes));
        var refusal = (await Assert.ThrowsAsync<RefusedException>(() => poison)).Refusal;
        Assert.Equal(("inference-failed", RefusalKind.Fault), (refusal.Code, refusal.Kind));
    }

    [Fact]
    public async Task Run_QueueFull_IsRefusedAndTakesMoreLater()
    {
        var first = await Occupy();
        var waiting = _executor.Run(Rows.AffineInputs(0, 100), 100, 0, Cancellation).AsTask();
        var refusal = (await Assert.ThrowsAsync<RefusedException>(() => _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation).AsTask())).Refusal;
        Assert.Equal(("worker-overloaded", RefusalKind.Throttled), (refusal.Code, refusal.Kind));

        _open.Set();
        await first;
        await waiting;
        Assert.Equal(Rows.AffineOutputs(5, 1), Rows.Floats((await _executor.Run(Rows.AffineInputs(5, 1), 1, 0, Cancellation)).Bytes));
    }

    [Fact]
    public async Task Run_CancelledWhileWaiting_EndsAtOnceAndMakesRoom()
    {
        var first = await Occupy();
        using var impatience = new CancellationTokenSource();
        var cancelled = _executor.Run(Rows.AffineInputs(0, 99), 99, 0, impatience.Token).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);

        var patient = _executor.Run(Rows.AffineInputs(7, 90), 90, 0, Cancellation).AsTask();
        _open.Set();
        await first;
        Assert.Equal(Rows.AffineOutputs(7, 90), Rows.Floats((await patient).Bytes));
        Assert.Equal([1, 90], _model.BatchRows);
    }

    [Theory]
    [InlineData(11, 1)]
    [InlineData(24, 1)]
    [InlineData(0, 0)]
    [InlineData(12, -1)]
    public async Task Run_BytesThatAreNoRows_AreRefusedBeforeTheEngine(int bytes, int rows)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _executor.Run(new byte[bytes], rows, 0, Cancellation).AsTask());
        Assert.Equal("rows-malformed", refused.Refusal.Code);
        Assert.Empty(_model.BatchRows);
    }

    [Fact]
    public async Task Run_Continuations_StayOffTheDeviceThread()
    {
        var device = "";
        _model.OnRun = () => device = Thread.CurrentThread.Name;

        // On the pool, so that no synchronization context moves the continuations.
        var callers = await Task.Run(
            async () =>
            {
                var names = new List<string?>();
                for (var i = 0; i < 100; i++)
                {
                    await _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation);
                    names.Add(Thread.CurrentThread.Name);
                }

                return names;
            },
            Cancellation);

        Assert.DoesNotContain("silo/cpu-0", callers);
        Assert.Equal("silo/cpu-0", device);
    }

    [Fact]
    public async Task Dispose_Model_RefusesWhoWaitsAndLetsTheBatchEnd()
    {
        var first = await Occupy();
        var waiting = _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation).AsTask();
        _executor.Dispose();
        Assert.Equal("model-unloaded", (await Assert.ThrowsAsync<RefusedException>(() => waiting)).Refusal.Code);
        Assert.False(_model.IsDisposed);
        _open.Set();

        Assert.Equal(Rows.AffineOutputs(0, 1), Rows.Floats((await first).Bytes));
        Assert.Equal("model-unloaded",
            (await Assert.ThrowsAsync<RefusedException>(() => _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation).AsTask())).Refusal.Code);
        _device.Dispose();
        Assert.True(_model.IsDisposed);
    }

    [Fact]
    public async Task Dispose_ModelThatCannotBeLetGoOf_TheDeviceGoesOn()
    {
        var broken = new ArithmeticModel(ArithmeticArtifact.Affine) { DisposeFailure = new InvalidOperationException("broken") };
        var executor = _device.Attach("broken", broken);
        executor.Dispose();

        await Assert.ThrowsAsync<InvalidOperationException>(() => executor.Freed.WaitAsync(Cancellation));
        Assert.Equal(Rows.AffineOutputs(0, 1), Rows.Floats((await _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation)).Bytes));
    }

    [Fact]
    public async Task Dispose_Device_RefusesNewcomersAndLetsGoOfModels()
    {
        _device.Dispose();
        Assert.True(_model.IsDisposed);
        Assert.Equal("worker-stopping",
            (await Assert.ThrowsAsync<RefusedException>(() => _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation).AsTask())).Refusal.Code);
        var late = new ArithmeticModel(ArithmeticArtifact.Affine);
        Assert.Equal("worker-stopping", Assert.Throws<RefusedException>(() => _device.Attach("late", late)).Refusal.Code);
        Assert.True(late.IsDisposed);
    }

    [Fact]
    public async Task Cut_WhileABatchIsAtWork_HappensAtItsEnd()
    {
        var first = await Occupy();
        var cut = _clock.Cut(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _clock.Cut(Cancellation));
        Assert.False(cut.IsCompleted);
        _open.Set();

        var interval = await cut;
        Assert.Equal(new Picodollars((await first).Picodollars), interval.Inference);
    }

    public void Dispose()
    {
        _open.Set();
        _device.Dispose();
        _open.Dispose();
        _entered.Dispose();
    }

    // Puts the device to work on one row until the door opens.
    private async Task<Task<InferenceAnswer>> Occupy()
    {
        _model.OnRun = () =>
        {
            _entered.Release();
            _open.Wait();
        };
        var first = _executor.Run(Rows.AffineInputs(0, 1), 1, 0, Cancellation).AsTask();
        await _entered.WaitAsync(Cancellation);
        return first;
    }

    /// <summary>A model with memory that writes more than its rows.</summary>
    private sealed class TalkativeModel : IInferenceModel
    {
        public ModelSignature Signature { get; } =
            new([new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [1])], Sequence: [new("total", "total_out")]);

        public required Action OnRun { get; init; }

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            OnRun();
            outputs.Write(new byte[(rows + 1) * sizeof(float)]);
        }

        public void Dispose()
        {
            // Holds nothing.
        }
    }
}
