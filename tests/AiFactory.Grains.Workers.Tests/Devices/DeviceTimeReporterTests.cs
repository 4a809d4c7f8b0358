using System.Buffers;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Grains.Workers.Devices;
using AiFactory.Grains.Workers.Tests.Doubles;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Grains.Workers.Tests.Devices;

public sealed class DeviceTimeReporterTests : IAsyncLifetime
{
    private static readonly DevicePricing Pricing = new(0.05m);
    private static readonly TrainingRunKey First = new("default", "first");
    private static readonly TrainingRunKey Second = new("default", "second");

    private readonly SignallingTime _time = new();
    private readonly RecordedDeviceTime _sink = new();
    private readonly ModelMeter _meter = new();
    private readonly ModelLoader _loader;
    private readonly WorkerRuntime _runtime;
    private readonly ShardHost _shards;
    private readonly DeviceTimeReporter _reporter;
    private readonly WorkerDevice _device;

    public DeviceTimeReporterTests()
    {
        // Nothing is loaded and no shard is started, so what these would need is not there.
        var options = Options.Create(new WorkerOptions { Devices = [new("cpu-0", DeviceKind.Cpu, "cpu-slot")], DeviceTimePeriod = TimeSpan.FromSeconds(5) });
        _loader = new(new BasisEngine(), null!, null!, options, _time);
        _runtime = new(options, new OneSilo(), _loader, _meter, _time, NullLoggerFactory.Instance);
        _shards = new(null!, null!, NullLogger<ShardHost>.Instance);
        _reporter = new(_runtime, _shards, _sink, options, _time, NullLogger<DeviceTimeReporter>.Instance);
        _device = _runtime.Devices.Single();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _reporter.StartAsync(Cancellation);
        await _time.TimerMade.Task.WaitAsync(Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _reporter.Dispose();
        _shards.Dispose();
        _runtime.Dispose();
        _loader.Dispose();
        _meter.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Report_SeveralIntervals_JoinWithoutGapsAndAddUp()
    {
        var model = Attach(300);
        Advance(1_000);
        var answer = await Infer(model);
        Train(First, () => Advance(700));
        Advance(3_000);
        await Written(1);

        // Half of the time of what overlaps goes to each.
        var shared = default(InferenceAnswer);
        Train(First, () => shared = Infer(model).GetAwaiter().GetResult());
        Train(Second, () => Advance(1_700));
        Advance(3_000);
        await Written(2);

        Advance(5_000);
        await Written(3);

        Advance(1_234);
        Train(Second, () => Advance(1));
        await _reporter.StopAsync(Cancellation);

        var records = _sink.Records;
        Assert.Equal([1L, 2, 3, 4], records.Select(record => record.Interval));
        Assert.Equal([5_000, 5_000, 5_000, 1_235], records.Select(record => record.WallNanoseconds / 1e6));
        Assert.All(records, record => Assert.Equal(("silo-1/cpu-0", _runtime.Session), (record.Worker, record.Session)));
        Assert.All(records, record => Assert.Equal(record.Bill, record.Inference + record.Idle + Sum(record.Training.Values)));
        Assert.Equal([Price(0, 5_000), Price(5_000, 10_000), Price(10_000, 15_000), Price(15_000, 16_235)], records.Select(record => record.Bill));
        Assert.Equal(new(answer.Picodollars), records[0].Inference);
        Assert.Equal(Price(1_000, 1_300), records[0].Inference);
        Assert.Equal(Price(1_300, 2_000), records[0].Training[First.ToGrainKey()]);
        Assert.Equal(new(shared.Picodollars), records[1].Inference);
        Assert.Equal(150_000_000, shared.DeviceNanoseconds);
        Assert.Equal(Price(5_000, 5_300), records[1].Inference + records[1].Training[First.ToGrainKey()]);
        Assert.Equal(Price(5_300, 7_000), records[1].Training[Second.ToGrainKey()]);
        Assert.Equal((records[2].Bill, 0), (records[2].Idle, records[2].Training.Count));
        Assert.Equal(Price(16_234, 16_235), records[3].Training[Second.ToGrainKey()]);
    }

    [Fact]
    public async Task Report_BatchAtWork_WaitsForItAndChargesItWhole()
    {
        var model = Attach(2_000);
        Advance(4_000);

        // The period ends within the batch.
        var answer = await Infer(model);
        await Written(1);
        Advance(4_000);
        await Written(2);

        Assert.Equal([6_000, 4_000], _sink.Records.Select(record => record.WallNanoseconds / 1e6));
        Assert.Equal([new(answer.Picodollars), Picodollars.Zero], _sink.Records.Select(record => record.Inference));
        Assert.Equal(Price(4_000, 6_000), new(answer.Picodollars));
    }

    [Fact]
    public async Task Report_TrainingAtWork_IsChargedToEveryIntervalItSpans()
    {
        Train(First, () =>
        {
            Advance(5_000);
            Written(1).GetAwaiter().GetResult();
            Advance(2_000);
        });
        Advance(3_000);
        await Written(2);

        Assert.Equal([Price(0, 5_000), Price(5_000, 7_000)], _sink.Records.Select(record => record.Training[First.ToGrainKey()]));
        Assert.Equal([Picodollars.Zero, Price(7_000, 10_000)], _sink.Records.Select(record => record.Idle));
    }

    [Fact]
    public async Task Report_RefusedForAWhile_TheNextRecordHoldsAllOfIt()
    {
        _sink.Full = true;
        Train(First, () => Advance(1_000));
        Advance(4_000);
        await Condition.UntilValue(() => _sink.Refusals, refusals => refusals == 1);
        Train(Second, () => Advance(1_000));
        Train(First, () => Advance(1_000));
        Advance(3_000);
        await Condition.UntilValue(() => _sink.Refusals, refusals => refusals == 2);
        _sink.Full = false;
        Advance(2_500);
        await _reporter.StopAsync(Cancellation);

        var record = Assert.Single(_sink.Records);
        Assert.Equal((3, 12_500_000_000), (record.Interval, record.WallNanoseconds));
        Assert.Equal(Price(0, 12_500), record.Bill);
        Assert.Equal(Price(0, 1_000) + Price(6_000, 7_000), record.Training[First.ToGrainKey()]);
        Assert.Equal(Price(5_000, 6_000), record.Training[Second.ToGrainKey()]);
        Assert.Equal(record.Bill, record.Inference + record.Idle + Sum(record.Training.Values));
    }

    [Fact]
    public async Task StopAsync_AfterTheLastRecord_NothingIsComputed()
    {
        var model = Attach(100);
        await Infer(model);

        await _reporter.StopAsync(Cancellation);

        var refusal = await Condition.Refused(() => Infer(model));
        Assert.Equal("worker-stopping", refusal.Code);
        Assert.Equal(Price(0, 100), Assert.Single(_sink.Records).Inference);
    }

    private static Picodollars Price(long fromMilliseconds, long toMilliseconds) => Pricing.Between(fromMilliseconds * 1_000_000, toMilliseconds * 1_000_000);

    private static Picodollars Sum(IEnumerable<Picodollars> parts) => parts.Aggregate(Picodollars.Zero, (sum, part) => sum + part);

    private static Task<InferenceAnswer> Infer(ModelExecutor model) => model.Run(new byte[sizeof(float)], 1, 0, Cancellation).AsTask();

    private ModelExecutor Attach(int batchMilliseconds) => _device.Executor.Attach("model", new SlowModel(() => Advance(batchMilliseconds)));

    private void Advance(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private void Train(TrainingRunKey run, Action work) => _runtime.Compute(_device.Key, run, work);

    private Task<DeviceTimeRecord[]> Written(int records) => Condition.UntilValue(() => _sink.Records, written => written.Length >= records);

    /// <summary>Says when the reporter has begun to wait, before which time must not go on.</summary>
    private sealed class SignallingTime : FakeTimeProvider
    {
        public TaskCompletionSource TimerMade { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            TimerMade.TrySetResult();
            return timer;
        }
    }

    private sealed class SlowModel(Action work) : IInferenceModel
    {
        public ModelSignature Signature => BasisModel.Signature;

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            work();
            outputs.Write(new byte[rows * sizeof(float)]);
        }

        public void Dispose()
        {
        }
    }

    private sealed class OneSilo : ILocalSiloDetails
    {
        public string Name => "silo-1";

        public string ClusterId => "test";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress => SiloAddress.Zero;

        public SiloAddress GatewayAddress => SiloAddress.Zero;
    }
}
