using System.Buffers;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Tests.Contract;
using AiFactory.Engines.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Engines.Tests.Onnx;

public sealed class OnnxEngineTests : InferenceEngineContract
{
    protected override IInferenceEngine Engine { get; } = new OnnxEngine();

    protected override string AffinePath => Model("affine.onnx");

    protected override string EchoPath => Model("echo.onnx");

    protected override string RaggedEchoPath => Model("ragged-echo.onnx");

    protected override string TotalPath => Model("total.onnx");

    [Fact]
    public void Run_Perceptron_AgreesWithNumpy()
    {
        using var model = Engine.Load(Model("perceptron.onnx"));
        var outputs = Rows.Floats(Run(model, 300, File.ReadAllBytes(Model("perceptron-x.f32"))));
        var expected = Rows.Floats(File.ReadAllBytes(Model("perceptron-y.f32")));
        Assert.Equal(expected.Length, outputs.Length);
        Assert.All(expected.Zip(outputs), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Run_TwoInputsTwoOutputs_KeepsSignatureOrderWithinARow()
    {
        using var model = Engine.Load(Model("two-inputs.onnx"));
        Assert.Equal(["a", "count"], model.Signature.Inputs.Select(tensor => tensor.Name));
        byte[] input = [.. Rows.Of(1, 2), .. BitConverter.GetBytes(10L), .. Rows.Of(3, 4), .. BitConverter.GetBytes(-5L)];
        byte[] expected = [.. Rows.Of(11, 12), .. BitConverter.GetBytes(20L), .. Rows.Of(-2, -1), .. BitConverter.GetBytes(-10L)];
        Assert.Equal(expected, Run(model, 2, input));
    }

    [Fact]
    public void Run_TextThroughLabelEncoder_FindsItsEmbedding()
    {
        using var model = Engine.Load(Model("city.onnx"));
        byte[] input = [.. Rows.Text("zürich"), .. Rows.Text("elsewhere"), .. Rows.Text("bern")];
        Assert.Equal([2, 20, 0, 0, 1, 10], Rows.Floats(Run(model, 3, input)));
    }

    [Fact]
    public void Run_HalfPrecisionVector_Computes()
    {
        using var model = Engine.Load(Model("half.onnx"));
        Assert.Empty(Assert.Single(model.Signature.Inputs).RowShape);
        Half[] values = [(Half)1.5f, Half.MaxValue, Half.NaN];
        var outputs = MemoryMarshal.Cast<byte, Half>(Run(model, 3, MemoryMarshal.AsBytes(values.AsSpan()).ToArray())).ToArray();
        Assert.Equal([(Half)3, Half.PositiveInfinity, Half.NaN], outputs);
    }

    [Fact]
    public void Run_EveryElementType_ComesBackWhole()
    {
        using var model = Engine.Load(Model("every-type.onnx"));
        var types = model.Signature.Inputs.Select(tensor => tensor.DataType).ToArray();
        Assert.Equal([.. Enum.GetValues<TensorDataType>().Where(type => type != TensorDataType.Bytes)], types);

        var packed = new PackedRows(model.Signature.Inputs);
        var rows = new byte[packed.FixedRowBytes!.Value * 3];
        new Random(5).NextBytes(rows);
        for (var row = 0; row < 3; row++)
        {
            rows[row * packed.FixedRowBytes.Value] = 1;
            rows[(row * packed.FixedRowBytes.Value) + 1] = 0;
        }

        Assert.Equal(rows, Run(model, 3, rows));
    }

    [Fact]
    public void Run_FixedWidthOnceWarm_AllocatesNothing()
    {
        using var model = Engine.Load(Model("perceptron.onnx"));
        ReadOnlyMemory<byte>[] segments = [File.ReadAllBytes(Model("perceptron-x.f32")).AsMemory(0, 32 * 64 * sizeof(float))];
        var outputs = new ArrayBufferWriter<byte>(32 * 10 * sizeof(float));
        for (var i = 0; i < 10; i++)
        {
            outputs.ResetWrittenCount();
            model.Run(segments, 32, outputs);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            outputs.ResetWrittenCount();
            model.Run(segments, 32, outputs);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void AddOnnxEngine_Twice_AddsOneEngineAndOneHealthyProbe()
    {
        var services = new ServiceCollection().AddOnnxEngine().AddOnnxEngine();
        Assert.Equal(typeof(OnnxEngine), Assert.Single(services, service => service.ServiceType == typeof(IInferenceEngine)).ImplementationType);
        var probe = Assert.Single(services, service => service.ServiceType == typeof(INativeProbe)).ImplementationType!;
        var finding = ((INativeProbe)Activator.CreateInstance(probe)!).Probe();
        Assert.True(finding.Healthy, finding.Cause);
        Assert.Contains("CPUExecutionProvider", finding.Detail, StringComparison.Ordinal);
    }

    private static string Model(string file) => Path.Combine(AppContext.BaseDirectory, "Onnx", "Models", file);
}
