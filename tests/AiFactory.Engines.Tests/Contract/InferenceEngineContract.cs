using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Contract;

/// <summary>What every inference engine keeps.</summary>
public abstract partial class InferenceEngineContract
{
    protected abstract IInferenceEngine Engine { get; }

    /// <summary>Artefact of y = [x0 + 2 x1, x2 - x0 + 1], FP32.</summary>
    protected abstract string AffinePath { get; }

    /// <summary>Artefact that gives back text (two BYTES elements) and number (one FP32).</summary>
    protected abstract string EchoPath { get; }

    /// <summary>Artefact that gives back text (BYTES, [-1]) and number (FP32, [2,-1]), with a batch axis.</summary>
    protected abstract string RaggedEchoPath { get; }

    /// <summary>Artefact of y = total_out = x + total, each one FP32 a row.</summary>
    protected abstract string TotalPath { get; }

    [Fact]
    public void Load_Affine_TellsItsSignature()
    {
        using var model = Engine.Load(AffinePath);
        var input = Assert.Single(model.Signature.Inputs);
        var output = Assert.Single(model.Signature.Outputs);
        Assert.Equal(("x", TensorDataType.Fp32, 3), (input.Name, input.DataType, input.RowElements));
        Assert.Equal(("y", TensorDataType.Fp32, 2), (output.Name, output.DataType, output.RowElements));
    }

    [Fact]
    public void Load_ForADevice_GivesTheSameModel()
    {
        using var model = Engine.Load(AffinePath, new Device("cpu-0", DeviceKind.Cpu, "cpu-slot"));
        Assert.Equal(Rows.AffineOutputs(0, 2), Rows.Floats(Run(model, 2, Rows.AffineInputs(0, 2))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(256)]
    [InlineData(1000)]
    public void Run_AnyNumberOfRows_AnswersEachInOrder(int rows)
    {
        using var model = Engine.Load(AffinePath);
        Assert.Equal(Rows.AffineOutputs(0, rows), Rows.Floats(Run(model, rows, Rows.AffineInputs(0, rows))));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 0, 2)]
    [InlineData(7, 80, 1)]
    public void Run_SegmentsSplitAnyhow_AnswersAsOne(int first, int second, int third)
    {
        using var model = Engine.Load(AffinePath);
        var outputs = Run(model, first + second + third,
            Rows.AffineInputs(0, first), Rows.AffineInputs(first, second), Rows.AffineInputs(first + second, third));
        Assert.Equal(Rows.AffineOutputs(0, first + second + third), Rows.Floats(outputs));
    }

    [Fact]
    public void Run_Twice_DoesNotRememberTheFirst()
    {
        using var model = Engine.Load(AffinePath);
        Run(model, 9, Rows.AffineInputs(100, 9));
        Assert.Equal(Rows.AffineOutputs(0, 9), Rows.Floats(Run(model, 9, Rows.AffineInputs(0, 9))));
    }

    [Fact]
    public void Run_TextOfAnyLength_ComesBackWhole()
    {
        using var model = Engine.Load(EchoPath);
        byte[] first = [.. Rows.Echo("", "Zürich 東京 🚀", 1.5f), .. Rows.Echo("a\0b", new string('x', 100_000), -0f)];
        var second = Rows.Echo("tail", "", float.NaN);
        Assert.Equal([.. first, .. second], Run(model, 3, first, second));
    }

    [Fact]
    public void Run_NaNAndInfinity_PassThrough()
    {
        using var model = Engine.Load(AffinePath);
        var outputs = Rows.Floats(Run(model, 2, Rows.Of(float.NaN, 1, 1, 1, float.PositiveInfinity, 2)));
        // Zero times infinity is not a number.
        Assert.Equal([float.NaN, float.NaN, float.PositiveInfinity, float.NaN], outputs);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(24)]
    public void Run_WrongNumberOfBytes_Throws(int bytes)
    {
        using var model = Engine.Load(AffinePath);
        Assert.Throws<InvalidDataException>(() => Run(model, 1, new byte[bytes]));
    }

    [Fact]
    public void Run_TextCutShort_ThrowsAndServesTheNext()
    {
        using var model = Engine.Load(EchoPath);
        var row = Rows.Echo("abc", "def", 1);
        Assert.Throws<InvalidDataException>(() => Run(model, 1, row[..^5]));
        Assert.Equal(row, Run(model, 1, row));
    }

    [Fact]
    public void Run_AfterDispose_Throws()
    {
        var model = Engine.Load(AffinePath);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Run(model, 1, Rows.AffineInputs(0, 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no model")]
    public void Load_Corrupt_IsRefused(string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            Assert.Equal("artifact-corrupt", Assert.Throws<RefusedException>(() => Engine.Load(path)).Refusal.Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Load_CutShort_IsRefused()
    {
        var path = Path.GetTempFileName();
        try
        {
            var whole = File.ReadAllBytes(AffinePath);
            File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
            Assert.Equal("artifact-corrupt", Assert.Throws<RefusedException>(() => Engine.Load(path)).Refusal.Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Executor_ManyCallersOnTwoModels_EachGetsItsOwnAnswer()
    {
        using var device = new DeviceExecutor("test", new BatchingOptions(), new DeviceClock(new DevicePricing(1m), TimeProvider.System));
        var affine = device.Attach("affine", Engine.Load(AffinePath));
        var echo = device.Attach("echo", Engine.Load(EchoPath));
        var cancellation = TestContext.Current.CancellationToken;

        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var rows = 1 + ((caller + i) % 5);
                    var numbers = await affine.Run(Rows.AffineInputs((caller * 1000) + i, rows), rows, 3, cancellation);
                    Assert.Equal(Rows.AffineOutputs((caller * 1000) + i, rows), Rows.Floats(numbers.Bytes.AsSpan(3)));
                    Assert.InRange(numbers.BatchRows, rows, 64);

                    var row = Rows.Echo($"caller {caller}", new string('x', i), i);
                    Assert.Equal(row, (await echo.Run(row, 1, 0, cancellation)).Bytes);
                }
            },
            cancellation));
        await Task.WhenAll(callers);
    }

    protected static byte[] Run(IInferenceModel model, int rows, params byte[][] segments)
    {
        var outputs = new ArrayBufferWriter<byte>();
        model.Run([.. segments.Select(segment => (ReadOnlyMemory<byte>)segment)], rows, outputs);
        return outputs.WrittenSpan.ToArray();
    }
}

public sealed class ArithmeticEngineTests : InferenceEngineContract, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aifactory-engines-");

    protected override IInferenceEngine Engine { get; } = new ArithmeticEngine();

    protected override string AffinePath => ArithmeticArtifact.Affine.Save(_folder.FullName);

    protected override string EchoPath => ArithmeticArtifact.Echo.Save(_folder.FullName);

    protected override string RaggedEchoPath => ArithmeticArtifact.RaggedEcho.Save(_folder.FullName);

    protected override string TotalPath => ArithmeticArtifact.Total.Save(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);
}
