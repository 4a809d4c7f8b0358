using System.Buffers;
using System.Text.Json;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Ensembles;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Ensembles;

/// <summary>raw -> normalise (x - 1) -> affine model [x0 + 2 x1, x2 - x0 + 1] -> argmax.</summary>
public sealed class EnsembleModelTests
{
    private static readonly EnsembleSpec Spec = new(
        [new("raw", TensorDataType.Fp32, [3])],
        [
            new("choose", Map("x", "y"), Map("index", "best"), BuiltIn: "argmax"),
            new("affine", Map("x", "scaled"), Map("y", "y"), Model: "affine@1"),
            new("scale", Map("x", "raw"), Map("y", "scaled"), BuiltIn: "normalise", Parameters: new Dictionary<string, JsonElement> { ["mean"] = JsonSerializer.SerializeToElement(1) }),
        ],
        ["best", "y"]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Run_AnyNumberOfRows_AnswersEachAsByHandAndRunsItsMemberOnce(int rows)
    {
        var affine = new ArithmeticModel(ArithmeticArtifact.Affine);
        using var model = Model(affine);

        for (var again = 0; again < 2; again++)
        {
            var outputs = new ArrayBufferWriter<byte>();
            model.Run([Inputs(0, 1), Inputs(1, rows - 1)], rows, outputs);
            Assert.Equal([.. Enumerable.Range(0, rows).SelectMany(Answer)], outputs.WrittenSpan.ToArray());
        }

        Assert.Equal([rows, rows], affine.BatchRows);
    }

    [Fact]
    public void Run_MemberWithoutABatchAxis_GetsEachRowAsABatchOfOne()
    {
        var echo = new ArithmeticModel(new ArithmeticArtifact(new ModelSignature([new("x", TensorDataType.Fp32, [-1, 2])], [new("y", TensorDataType.Fp32, [-1, 2])], Batched: false)));
        var spec = new EnsembleSpec([new("x", TensorDataType.Fp32, [2])], [new("echo", Map("x", "x"), Map("y", "y"), Model: "echo@1")], ["y"]);
        using var model = new EnsembleModel(EnsemblePlanner.Plan(spec, new Dictionary<string, ModelSignature> { ["echo"] = echo.Signature }).OrThrow(),
            new Dictionary<string, IInferenceModel> { ["echo"] = echo });
        var outputs = new ArrayBufferWriter<byte>();

        model.Run([Rows.Of(1, 2, 3, 4)], 2, outputs);

        Assert.Equal(Rows.Of(1, 2, 3, 4), outputs.WrittenSpan.ToArray());
    }

    [Fact]
    public void Run_BytesThatAreNotTheRows_Fails()
    {
        using var model = Model(new ArithmeticModel(ArithmeticArtifact.Affine));

        Assert.Throws<InvalidDataException>(() => model.Run([Inputs(0, 2)], 3, new ArrayBufferWriter<byte>()));
        Assert.Throws<InvalidDataException>(() => model.Run([Inputs(0, 2).AsMemory(..20)], 2, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void Terminate_WhileAMemberRuns_NoOtherStepFollowsAndTheNextRunIsWhole()
    {
        var affine = new ArithmeticModel(ArithmeticArtifact.Affine);
        using var model = Model(affine);
        model.Terminate();
        affine.OnRun = model.Terminate;
        var outputs = new ArrayBufferWriter<byte>();

        Assert.Throws<OperationCanceledException>(() => model.Run([Inputs(0, 1)], 1, outputs));
        affine.OnRun = null;
        model.Run([Inputs(0, 1)], 1, outputs);

        Assert.Equal(Answer(0), outputs.WrittenSpan.ToArray());
    }

    /// <summary>Areas of a page, many or none a row, come out as tensors with a free axis.</summary>
    [Fact]
    public void Run_ManyRowsOfOne_AreGatheredByRow()
    {
        var spec = new EnsembleSpec([new("page", TensorDataType.Fp32, [1, -1, -1])],
            [
                new("crop", new Dictionary<string, string> { ["image"] = "page", ["map"] = "page" }, new Dictionary<string, string> { ["crops"] = "crops", ["boxes"] = "boxes" }, BuiltIn: "crop-boxes",
                    Parameters: new Dictionary<string, JsonElement> { ["height"] = JsonSerializer.SerializeToElement(3), ["grow"] = JsonSerializer.SerializeToElement(0) }),
                new("crop-size", Map("image", "crops"), Map("image", "small"), BuiltIn: "resize",
                    Parameters: new Dictionary<string, JsonElement> { ["height"] = JsonSerializer.SerializeToElement(1), ["width"] = JsonSerializer.SerializeToElement(1) }),
            ],
            ["small", "boxes"]);
        using var model = new EnsembleModel(EnsemblePlanner.Plan(spec, new Dictionary<string, ModelSignature>()).OrThrow(), new Dictionary<string, IInferenceModel>());
        float[] none = [0, 0, 0];
        float[] two = [1, 1, 1, 0, 0.5f, 0.5f, 0.5f, 1, 1, 1, 0, 0.5f, 0.5f, 0.5f, 1, 1, 1, 0, 0.5f, 0.5f, 0.5f];
        var outputs = new ArrayBufferWriter<byte>();

        model.Run([Page(1, 3, none), Page(3, 7, two), Page(1, 3, none)], 3, outputs);

        byte[] nothing = [.. Ints(0), .. Ints(0)];
        byte[] found = [.. Ints(1), .. Rows.Of(1), .. Ints(1), .. Ints(0, 0, 3, 3)];
        Assert.Equal([.. nothing, .. found, .. nothing], outputs.WrittenSpan.ToArray());

        static byte[] Page(int height, int width, float[] pixels) => [.. Ints(height, width), .. Rows.Of(pixels)];
        static byte[] Ints(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
    }

    [Fact]
    public void Dispose_MemberOfTwoSteps_IsDisposedOnce()
    {
        var affine = new ArithmeticModel(ArithmeticArtifact.Affine);
        var model = Model(affine);

        model.Dispose();

        Assert.True(affine.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => model.Run([Inputs(0, 1)], 1, new ArrayBufferWriter<byte>()));
    }

    /// <summary>The steps of a batch are one batch of the device: metered once, shared by rows.</summary>
    [Fact]
    public async Task Run_OnADevice_IsMeteredOnceForAllSteps()
    {
        var clock = new DeviceClock(new DevicePricing(1m), TimeProvider.System);
        using var device = new DeviceExecutor("cpu-0", new(), clock);
        var executor = device.Attach("pipeline@1", Model(new ArithmeticModel(ArithmeticArtifact.Affine)));

        var answer = await executor.Run(Inputs(0, 5), 5, 4, TestContext.Current.CancellationToken);

        Assert.Equal((1, 5, 5), (device.Batches, device.Rows, answer.BatchRows));
        Assert.Equal([.. Enumerable.Range(0, 5).SelectMany(Answer)], answer.Bytes[4..]);
        Assert.True(answer.DeviceNanoseconds > 0);
    }

    private static EnsembleModel Model(ArithmeticModel affine)
    {
        var plan = EnsemblePlanner.Plan(Spec, new Dictionary<string, ModelSignature> { ["affine"] = affine.Signature }).OrThrow();
        return new(plan, new Dictionary<string, IInferenceModel> { ["affine"] = affine });
    }

    private static byte[] Inputs(int from, int rows) => Rows.Of([.. Rows.Floats(Rows.AffineInputs(from, rows)).Select(value => value + 1)]);

    private static byte[] Answer(int row)
    {
        var y = Rows.AffineOutputs(row, 1);
        return [.. BitConverter.GetBytes(y[1] > y[0] ? 1L : 0L), .. Rows.Of(y)];
    }

    private static Dictionary<string, string> Map(string key, string value) => new() { [key] = value };
}
