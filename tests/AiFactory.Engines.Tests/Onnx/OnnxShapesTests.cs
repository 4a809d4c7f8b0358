using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Sequences;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Onnx;

/// <summary>Graphs as users bring them: free axes, no batch axis, scalars, memory.</summary>
public sealed class OnnxShapesTests
{
    private readonly OnnxEngine _engine = new();

    [Theory]
    [InlineData("affine.onnx", true, "x[3]", "y[2]")]
    [InlineData("half.onnx", true, "x[]", "y[]")]
    [InlineData("ragged.onnx", true, "x[-1]", "y[-1] sum[1]")]
    [InlineData("fixed-batch.onnx", false, "x[1,3]", "y[1,2]")]
    [InlineData("no-batch-axis.onnx", false, "x[-1,3]", "y[]")]
    [InlineData("whole.onnx", false, "x[2,-1] scale[]", "y[2,-1]")]
    [InlineData("positions.onnx", false, "x[-1]", "at[1,-1]")]
    public void Load_AnyShape_TellsWhatARowIs(string file, bool batched, string inputs, string outputs)
    {
        using var model = _engine.Load(Model(file));
        Assert.Equal((batched, inputs, outputs), (model.Signature.Batched, Text(model.Signature.Inputs), Text(model.Signature.Outputs)));
    }

    [Fact]
    public void Run_RaggedRows_ComputesEachAtItsOwnLength()
    {
        using var model = _engine.Load(Model("ragged.onnx"));
        byte[] rows = [.. Ragged(1, 2), .. Ragged(10), .. Ragged(), .. Ragged(3, 4), .. Ragged(5, 6, 7)];
        byte[] expected = [.. Ragged(2, 4), .. Rows.Of(3), .. Ragged(20), .. Rows.Of(10), .. Ragged(), .. Rows.Of(0), .. Ragged(6, 8), .. Rows.Of(7), .. Ragged(10, 12, 14), .. Rows.Of(18)];
        Assert.Equal(expected, Run(model, 5, rows));
    }

    [Fact]
    public void Run_WithoutBatchAxis_RunsEachRowAsTheWholeTensors()
    {
        using var model = _engine.Load(Model("whole.onnx"));
        byte[] first = [.. BitConverter.GetBytes(2), .. Rows.Of(1, 2, 3, 4), .. Rows.Of(10)];
        byte[] second = [.. BitConverter.GetBytes(1), .. Rows.Of(5, 6), .. Rows.Of(-1)];
        Assert.Equal([.. BitConverter.GetBytes(2), .. Rows.Of(10, 20, 30, 40), .. BitConverter.GetBytes(1), .. Rows.Of(-5, -6)], Run(model, 2, [.. first, .. second]));
    }

    [Fact]
    public void Run_BatchFixedAtOne_RunsRowsOneByOne()
    {
        using var model = _engine.Load(Model("fixed-batch.onnx"));
        Assert.Equal(Rows.AffineOutputs(0, 5), Rows.Floats(Run(model, 5, Rows.AffineInputs(0, 5))));
    }

    [Fact]
    public void Run_OutputOfALengthOnlyTheRunKnows_ComesWithIt()
    {
        using var model = _engine.Load(Model("positions.onnx"));
        byte[] rows = [.. Ragged(0, 7, 0, 7), .. Ragged(0, 0), .. Ragged(1, 0, 0, 0)];
        byte[] expected = [.. Longs(1, 3), .. Longs(), .. Longs(0)];
        Assert.Equal(expected, Run(model, 3, rows));
        Assert.Equal(expected, Run(model, 3, rows));
    }

    [Fact]
    public void Run_StateWhoseBatchAxisIsNotFirst_IsCarriedOn()
    {
        using var model = new SequenceModel(_engine.Load(Model("total-whole.onnx")), [new("total", "total_out")], new(), TimeProvider.System);
        byte[] Step(string id, float x, bool start) => Rows.Step(id, [.. BitConverter.GetBytes(1), .. Rows.Of(x), .. Rows.Of(2)], start);
        Assert.Equal("x[-1,1] rate[]", Text(model.Signature.Inputs));
        // Two totals, each 2 x, summed.
        Assert.Equal([4, 12, 40], Rows.Floats(Run(model, 3, [.. Step("a", 1, true), .. Step("a", 2, false), .. Step("b", 10, true)])));
        Assert.Equal([24], Rows.Floats(Run(model, 1, Step("a", 3, false))));
    }

    [Fact]
    public async Task Terminate_RunAtWork_EndsItEarlyAndServesTheNext()
    {
        using var model = _engine.Load(Model("steps.onnx"));
        var cancellation = TestContext.Current.CancellationToken;
        var run = Task.Run(() => Run(model, 1, BitConverter.GetBytes(long.MaxValue)), cancellation);
        while (!run.IsCompleted)
        {
            model.Terminate();
            await Task.Yield();
        }

        await Assert.ThrowsAsync<OperationCanceledException>(() => run);
        Assert.Equal([3], Rows.Floats(Run(model, 1, BitConverter.GetBytes(3L))));
    }

    [Fact]
    public void MemoryBytes_AreTheSessionsArtefactsAndBuffers()
    {
        using var model = _engine.Load(Model("perceptron.onnx"));
        Assert.Equal((160 * 1024) + new FileInfo(Model("perceptron.onnx")).Length + (256L * (64 + 10) * sizeof(float)), model.MemoryBytes);
    }

    [Fact]
    public void Run_UnbatchedFixedWidthOnceWarm_AllocatesNothing()
    {
        using var model = _engine.Load(Model("fixed-batch.onnx"));
        ReadOnlyMemory<byte>[] segments = [Rows.AffineInputs(0, 8)];
        var outputs = new ArrayBufferWriter<byte>(1024);
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            outputs.ResetWrittenCount();
            model.Run(segments, 8, outputs);
        }
    }

    [Theory]
    [InlineData(true, "N,3", "N,2")]
    [InlineData(true, "seq,L", "seq,L")]
    [InlineData(true, ",3", ",2")]
    [InlineData(true, "unk__6,3", "unk__7,2")]
    [InlineData(true, "batch_size,3", "N,2")]
    [InlineData(false, "N,N", "N,1")]
    [InlineData(false, "N,5", "boxes,5")]
    [InlineData(false, "p2o.DynamicDimension.0,3,p2o.DynamicDimension.1", "p2o.DynamicDimension.2,2")]
    [InlineData(false, "N,3", "1,2")]
    [InlineData(false, "N,3", "")]
    [InlineData(false, "1,3", "1,2")]
    public void BatchAxis_Names_DecideWhetherRowsRunTogether(bool batched, params string[] tensors)
    {
        var axes = tensors.Select(text => text.Length == 0 ? [] : text.Split(','))
            .Select(names => new TensorAxes([.. names.Select(name => int.TryParse(name, out var size) ? size : -1)], [.. names.Select(name => int.TryParse(name, out _) ? "" : name)]));
        Assert.Equal(batched, BatchAxis.Exists([.. axes]));
    }

    private static byte[] Run(IInferenceModel model, int rows, byte[] packed)
    {
        var outputs = new ArrayBufferWriter<byte>();
        model.Run([packed], rows, outputs);
        return outputs.WrittenSpan.ToArray();
    }

    private static byte[] Ragged(params float[] values) => [.. BitConverter.GetBytes(values.Length), .. Rows.Of(values)];

    private static byte[] Longs(params long[] values) => [.. BitConverter.GetBytes(values.Length), .. values.SelectMany(BitConverter.GetBytes)];

    private static string Text(IReadOnlyList<TensorSpec> tensors) => string.Join(' ', tensors.Select(tensor => $"{tensor.Name}[{string.Join(',', tensor.RowShape)}]"));

    private static string Model(string file) => Path.Combine(AppContext.BaseDirectory, "Onnx", "Models", file);
}
