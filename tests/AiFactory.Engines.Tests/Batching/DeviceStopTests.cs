using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Batching;

/// <summary>A device that stops while its engine does not come back.</summary>
public sealed class DeviceStopTests : IDisposable
{
    private readonly DeviceExecutor _device = new("silo/cpu-0", new BatchingOptions(), new(new DevicePricing(1m), TimeProvider.System));
    private readonly HangingModel _model = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stop_RunsThatHeedTermination_AreTerminatedOnceAndTheirCallersRefused()
    {
        _model.Heeds = true;
        var calls = await Hang();
        _ = _device.Stop(TimeSpan.Zero);

        foreach (var call in calls)
        {
            Assert.Equal("worker-stopping", (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal.Code);
        }

        await _model.Gone.WaitAsync(Cancellation);
        Assert.Equal((2, 1), (_model.Runs, _model.Terminations));
    }

    [Fact]
    public async Task Stop_RunThatIgnoresTermination_IsLeftAndNamed()
    {
        var calls = await Hang();

        Assert.Equal("stuck", _device.Stop(TimeSpan.Zero));

        Assert.Equal(1, _model.Terminations);
        _model.End();
        await Task.WhenAll(calls);
        await _model.Gone.WaitAsync(Cancellation);
    }

    [Fact]
    public void Stop_NothingAtWork_LeavesNothing()
    {
        Assert.Null(_device.Stop(TimeSpan.FromSeconds(60)));
        Assert.Null(_device.Stop(TimeSpan.FromSeconds(60)));
    }

    public void Dispose()
    {
        _model.End();
        _device.Dispose();
        _model.Entered.Dispose();
    }

    // A batch of two messages that does not end.
    private async Task<Task<InferenceAnswer>[]> Hang()
    {
        var executor = _device.Attach("stuck", _model);
        _model.Free = 1;
        var first = executor.Run(Rows.Of(0), 1, 0, Cancellation).AsTask();
        await _model.Entered.WaitAsync(Cancellation);
        var calls = new[] { executor.Run(Rows.Of(1), 1, 0, Cancellation).AsTask(), executor.Run(Rows.Of(2), 1, 0, Cancellation).AsTask() };
        _model.Begin();
        await first;
        await _model.Entered.WaitAsync(Cancellation);
        return calls;
    }

    /// <summary>Gives back its one number; does so only when it is told to end.</summary>
    private sealed class HangingModel : IInferenceModel
    {
        private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly object _gate = new();
        private bool _begun;
        private bool _ended;
        private bool _terminated;

        public ModelSignature Signature { get; } = new([new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [1])]);

        public SemaphoreSlim Entered { get; } = new(0);

        public bool Heeds { get; set; }

        /// <summary>Runs that only wait for <see cref="Begin"/>.</summary>
        public int Free { get; set; }

        public int Runs { get; private set; }

        public int Terminations { get; private set; }

        public Task Gone => _gone.Task;

        public void Begin() => Set(() => _begun = true);

        public void End() => Set(() => (_begun, _ended) = (true, true));

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            Runs++;
            var free = Runs <= Free;
            Entered.Release();
            lock (_gate)
            {
                while (!(free ? _begun : _ended || (_terminated && Heeds)))
                {
                    Monitor.Wait(_gate);
                }

                if (_terminated && Heeds)
                {
                    _terminated = false;
                    throw new OperationCanceledException();
                }
            }

            foreach (var segment in segments)
            {
                outputs.Write(segment.Span);
            }
        }

        public void Terminate() => Set(() => (_terminated, Terminations) = (true, Terminations + 1));

        public void Dispose() => _gone.TrySetResult();

        private void Set(Action change)
        {
            lock (_gate)
            {
                change();
                Monitor.PulseAll(_gate);
            }
        }
    }
}
