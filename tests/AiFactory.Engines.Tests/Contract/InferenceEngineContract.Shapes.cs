using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Inference.Sequences;
using AiFactory.Engines.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Engines.Tests.Contract;

/// <summary>What every engine keeps of rows that differ in shape, of memory, and of ending early.</summary>
public abstract partial class InferenceEngineContract
{
    [Fact]
    public void Load_Ragged_TellsItsFreeAxes()
    {
        using var model = Engine.Load(RaggedEchoPath);
        Assert.True(model.Signature.Batched);
        Assert.Equal([[-1], [2, -1]], model.Signature.Inputs.Select(tensor => tensor.RowShape.ToArray()));
        Assert.Equal([[-1], [2, -1]], model.Signature.Outputs.Select(tensor => tensor.RowShape.ToArray()));
    }

    [Fact]
    public void Run_RaggedRows_AnswersEachInOrder()
    {
        using var model = Engine.Load(RaggedEchoPath);
        var rows = Enumerable.Range(0, 200).Select(i => Rows.RaggedEcho(i % 3, (i * 7) % 5, i)).ToArray();
        Assert.Equal(rows.SelectMany(row => row), Run(model, 200, [.. rows[..50].SelectMany(row => row)], rows[50], [], [.. rows[51..].SelectMany(row => row)]));
    }

    [Fact]
    public void Run_MoreShapesThanAreKept_StaysRight()
    {
        using var model = Engine.Load(RaggedEchoPath);
        for (var i = 0; i < 120; i++)
        {
            var row = Rows.RaggedEcho(1, (i * 11) % 40, i);
            Assert.Equal(row, Run(model, 1, row));
        }
    }

    [Fact]
    public void Run_RaggedRowCutShortOrWithNegativeSize_ThrowsAndServesTheNext()
    {
        using var model = Engine.Load(RaggedEchoPath);
        var row = Rows.RaggedEcho(2, 3, 1);
        Assert.Throws<InvalidDataException>(() => Run(model, 1, row[..^1]));
        Assert.Throws<InvalidDataException>(() => Run(model, 1, [.. BitConverter.GetBytes(-1), .. row[4..]]));
        Assert.Throws<InvalidDataException>(() => Run(model, 1, [.. row, 0]));
        Assert.Throws<InvalidDataException>(() => Run(model, 2, row));
        Assert.Equal(row, Run(model, 1, row));
    }

    [Fact]
    public void MemoryBytes_AfterALargerRun_IsNotLess()
    {
        using var model = Engine.Load(RaggedEchoPath);
        var before = model.MemoryBytes;
        Run(model, 1, Rows.RaggedEcho(1, 5000, 1));
        Assert.True(model.MemoryBytes >= before);
    }

    [Fact]
    public void Terminate_NothingAtWork_LeavesTheNextRunWhole()
    {
        using var model = Engine.Load(AffinePath);
        model.Terminate();
        Assert.Equal(Rows.AffineOutputs(0, 3), Rows.Floats(Run(model, 3, Rows.AffineInputs(0, 3))));
        model.Dispose();
        model.Terminate();
    }

    [Fact]
    public void Run_Sequences_RememberEachItsOwn()
    {
        using var model = Total();
        byte[] rows = [.. Step("a", 1, start: true), .. Step("b", 10, start: true), .. Step("a", 2), .. Step("a", 3), .. Step("b", 20), .. Step("c", 5, start: true)];
        Assert.Equal([1, 10, 3, 6, 30, 5], Rows.Floats(Run(model, 6, rows)));
        Assert.Equal([106, 31], Rows.Floats(Run(model, 2, Step("a", 100), Step("b", 1))));
        Assert.Equal(["x"], model.Signature.Inputs.Select(tensor => tensor.Name));
        Assert.Equal(["y"], model.Signature.Outputs.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Run_SequenceStartedAgain_BeginsAtZero()
    {
        using var model = Total();
        Run(model, 1, Step("a", 7, start: true));
        Assert.Equal([1, 3], Rows.Floats(Run(model, 2, Step("a", 1, start: true), Step("a", 2))));
    }

    [Fact]
    public void Run_SequenceEnded_IsUnknownAfterwards()
    {
        using var model = Total();
        Assert.Equal([7, 9], Rows.Floats(Run(model, 2, Step("a", 7, start: true), Step("a", 2, end: true))));
        Assert.Equal(0, model.Sequences);
        Assert.Equal("sequence-unknown", Assert.Throws<RefusedException>(() => Run(model, 1, Step("a", 1))).Refusal.Code);
        Assert.Equal([5], Rows.Floats(Run(model, 1, Step("a", 5, start: true, end: true))));
    }

    [Fact]
    public void Run_OneRowRefused_LeavesTheOthersSequencesAsTheyWere()
    {
        using var model = Total();
        Run(model, 1, Step("a", 7, start: true));
        Assert.Throws<RefusedException>(() => Run(model, 4, Step("a", 1), Step("a", 1), Step("b", 1, start: true), Step("nobody", 1)));
        Assert.Equal(1, model.Sequences);
        Assert.Equal([8], Rows.Floats(Run(model, 1, Step("a", 1))));
    }

    [Fact]
    public void Run_MoreSequencesThanAreKept_ForgetsTheOneIdleLongest()
    {
        using var model = Total(new(SequencesMax: 2));
        Run(model, 1, Step("a", 1, start: true));
        Run(model, 1, Step("b", 1, start: true));
        Run(model, 1, Step("a", 1));
        Run(model, 1, Step("c", 1, start: true));
        Assert.Equal([3], Rows.Floats(Run(model, 1, Step("a", 1))));
        Assert.Throws<RefusedException>(() => Run(model, 1, Step("b", 1)));
    }

    [Fact]
    public void Run_SequenceIdleTooLong_IsForgotten()
    {
        var time = new FakeTimeProvider();
        using var model = Total(new(IdleSecondsMax: 60), time);
        Run(model, 2, Step("a", 1, start: true), Step("b", 1, start: true));
        time.Advance(TimeSpan.FromSeconds(59));
        Run(model, 1, Step("a", 1));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([3], Rows.Floats(Run(model, 1, Step("a", 1))));
        Assert.Equal(1, model.Sequences);
        Assert.Throws<RefusedException>(() => Run(model, 1, Step("b", 1)));
    }

    [Fact]
    public void MemoryBytes_OfSequences_GrowAndShrinkWithThem()
    {
        using var model = Total();
        var before = model.MemoryBytes;
        Run(model, 1, Step("a", 1, start: true));
        Assert.True(model.MemoryBytes > before);
        Run(model, 1, Step("a", 1, end: true));
        Assert.Equal(before, model.MemoryBytes);
    }

    [Fact]
    public async Task Executor_RowOfAnUnknownSequence_IsRefusedAloneAndTheOthersGoOn()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var device = new DeviceExecutor("test", new BatchingOptions(), new DeviceClock(new DevicePricing(1m), TimeProvider.System));
        var model = device.Attach("total", Total());
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 1; i <= 40; i++)
                {
                    var answer = await model.Run(Step($"s{caller}", 1, start: i == 1, end: i == 40), 1, 0, cancellation);
                    Assert.Equal([i], Rows.Floats(answer.Bytes));
                    var refused = await Assert.ThrowsAsync<RefusedException>(async () => await model.Run(Step($"nobody{caller}", 1), 1, 0, cancellation));
                    Assert.Equal("sequence-unknown", refused.Refusal.Code);
                }
            },
            cancellation));
        await Task.WhenAll(callers);
    }

    private SequenceModel Total(SequenceOptions? options = null, TimeProvider? time = null) =>
        new(Engine.Load(TotalPath), [new SequenceState("total", "total_out")], options ?? new(), time ?? TimeProvider.System);

    private static byte[] Step(string sequence, float x, bool start = false, bool end = false) => Rows.Step(sequence, Rows.Of(x), start, end);
}
