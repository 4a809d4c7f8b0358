using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Padding;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Padding;

/// <summary>Rows of different lengths, padded to run together, against the same computed by hand.</summary>
public sealed class PaddedModelTests : IDisposable
{
    private const int Width = MaskedOnnx.Width;

    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-padding-").FullName;

    [Theory]
    [InlineData(0f, null)]
    [InlineData(7f, null)]
    [InlineData(0f, "4,16")]
    public void Run_RowsOfAllLengths_GivesEachItsOwnAnswer(float value, string? sizes)
    {
        using var model = Load(masked: true, $"length={value},mask=0", sizes);
        int[] lengths = [1, 5, 3, 12, 5, 2, 17, 40, 8, 1];

        var answers = Run(model, lengths);

        Assert.All(lengths, (length, row) =>
        {
            var (mean, centred) = ByHand(Elements(row, length));
            Same([.. mean], answers[row].Mean);
            Assert.Equal(length, answers[row].Length);
            Same(centred, answers[row].Centred);
        });
    }

    [Theory]
    [InlineData(true, "masked.onnx")]
    [InlineData(false, "unmasked.onnx")]
    public void Graph_AsAFile_IsTheOneThatOtherTestsUse(bool masked, string file) =>
        Assert.Equal(MaskedOnnx.Graph(masked), File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Onnx", "Models", file)));

    [Fact]
    public void Run_DifferentLengthsOfOneBucket_AreOneRun()
    {
        var counted = new CountedModel(new OnnxEngine().Load(Write(masked: true)));
        using var model = new PaddedModel(counted, PaddingRules.Parse("length", "8,32").OrThrow());

        Run(model, [1, 5, 3, 7]);
        Assert.Equal([(4, "8 8 8 8")], counted.Runs);

        Run(model, [20, 5, 33]);
        Assert.Equal((3, "32 8 33"), counted.Runs[^1]);

        // Of one length they need nothing.
        Run(model, [5, 5]);
        Assert.Equal((2, "5 5"), counted.Runs[^1]);
    }

    [Fact]
    public void Run_ModelThatDoesNotMask_ChangesItsAnswerAndIsWhyPaddingIsAskedFor()
    {
        using var model = Load(masked: false, "length", null);

        Assert.NotEqual(ByHand(Elements(0, 2)).Mean, Run(model, [2, 5])[0].Mean);
    }

    [Fact]
    public void RunPadded_OneRow_IsRunAsBesideALongerOne()
    {
        using var model = Load(masked: true, "length", "4,8");
        var outputs = new ArrayBufferWriter<byte>();

        Assert.Equal((4, 8), model.RunPadded(Row(0, 4, withMask: true), outputs));
        var (mean, centred) = ByHand(Elements(0, 4));
        var answer = Read(outputs.WrittenSpan, out _);
        Same(mean, answer.Mean);
        Same(centred, answer.Centred);
        Assert.Equal((9, 9), model.RunPadded(Row(0, 9, withMask: true), outputs));
    }

    [Fact]
    public void Run_InputsOfUnequalLengths_IsRefused()
    {
        using var model = Load(masked: true, "length", null);
        byte[] row = [.. BitConverter.GetBytes(2), .. Rows.Of(new float[2 * Width]), .. BitConverter.GetBytes(3), .. new byte[3 * sizeof(long)]];

        var refused = Assert.Throws<RefusedException>(() => model.Run([row], 1, new ArrayBufferWriter<byte>()));

        Assert.Equal(("rows-malformed", "length"), (refused.Refusal.Code, refused.Refusal.Where));
    }

    [Fact]
    public void Run_WrongNumberOfRows_Throws()
    {
        using var model = Load(masked: true, "length", null);
        var row = Row(0, 2, withMask: true);

        Assert.Throws<InvalidDataException>(() => model.Run([row], 2, new ArrayBufferWriter<byte>()));
        Assert.Throws<InvalidDataException>(() => model.Run([row, row], 1, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void New_AxisThatTheGraphHasNot_IsRefusedNamingThose()
    {
        using var graph = new OnnxEngine().Load(Write(masked: true));

        var refused = Assert.Throws<RefusedException>(() => new PaddedModel(graph, new("width")));

        Assert.Equal("padding-invalid", refused.Refusal.Code);
        Assert.Contains("length", refused.Refusal.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, new[] { 4, 3 }, "1 2 3 4 5 6 0 0 0 0 0 0")]
    [InlineData(new[] { 2, 3 }, new[] { 3, 4 }, "1 2 3 0 4 5 6 0 0 0 0 0")]
    [InlineData(new[] { 3, 2 }, new[] { 2, 1 }, "1 3")]
    [InlineData(new[] { 2, 3 }, new[] { 0, 3 }, "")]
    [InlineData(new int[0], new int[0], "1")]
    public void Copy_Boxes_HaveTheirFirstCornersInCommon(int[] from, int[] to, string expected)
    {
        var source = Enumerable.Range(1, from.Aggregate(1, (product, size) => product * size)).Select(value => (byte)value).ToArray();
        var target = new byte[to.Aggregate(1, (product, size) => product * size)];

        PaddedTensor.Copy(source, from, target, to);

        Assert.Equal(expected, string.Join(' ', target));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PaddedModel Load(bool masked, string pad, string? sizes) => new(new OnnxEngine().Load(Write(masked)), PaddingRules.Parse(pad, sizes).OrThrow());

    private string Write(bool masked)
    {
        var path = Path.Combine(_folder, $"{masked}.onnx");
        File.WriteAllBytes(path, MaskedOnnx.Graph(masked));
        return path;
    }

    private static List<(float[] Mean, int Length, float[] Centred)> Run(PaddedModel model, int[] lengths)
    {
        var withMask = model.Signature.Inputs.Count > 1;
        var rows = lengths.Select((length, row) => (ReadOnlyMemory<byte>)Row(row, length, withMask)).ToArray();
        var outputs = new ArrayBufferWriter<byte>();
        model.Run(rows, rows.Length, outputs);
        var answers = new List<(float[], int, float[])>();
        var left = outputs.WrittenSpan;
        foreach (var _ in lengths)
        {
            answers.Add(Read(left, out var taken));
            left = left[taken..];
        }

        Assert.True(left.IsEmpty);
        return answers;
    }

    private static (float[] Mean, int Length, float[] Centred) Read(ReadOnlySpan<byte> answer, out int taken)
    {
        var length = BitConverter.ToInt32(answer[(Width * sizeof(float))..]);
        taken = ((Width + 1) * sizeof(float)) + (length * Width * sizeof(float));
        return (Rows.Floats(answer[..(Width * sizeof(float))]), length, Rows.Floats(answer[((Width + 1) * sizeof(float))..taken]));
    }

    private static byte[] Row(int row, int length, bool withMask) =>
    [
        .. BitConverter.GetBytes(length), .. Rows.Of(Elements(row, length)),
        .. withMask ? [.. BitConverter.GetBytes(length), .. Enumerable.Repeat(1L, length).SelectMany(BitConverter.GetBytes)] : Array.Empty<byte>(),
    ];

    private static float[] Elements(int row, int length) => [.. Enumerable.Range(0, length * Width).Select(i => MathF.Sin((row * 31) + i))];

    private static (float[] Mean, float[] Centred) ByHand(float[] elements)
    {
        var length = elements.Length / Width;
        var mean = Enumerable.Range(0, Width).Select(column => Enumerable.Range(0, length).Sum(at => elements[(at * Width) + column]) / length).ToArray();
        return (mean, [.. elements.Select((element, i) => element - mean[i % Width])]);
    }

    private static void Same(float[] expected, float[] given)
    {
        Assert.Equal(expected.Length, given.Length);
        Assert.All(expected, (value, i) => Assert.Equal(value, given[i], 1e-5f));
    }

    /// <summary>Notes the lengths that each run has.</summary>
    private sealed class CountedModel(IInferenceModel model) : IInferenceModel
    {
        public List<(int Rows, string Lengths)> Runs { get; } = [];

        public ModelSignature Signature => model.Signature;

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            var lengths = new List<int>();
            foreach (var segment in segments)
            {
                for (var left = segment.Span; !left.IsEmpty;)
                {
                    lengths.Add(BitConverter.ToInt32(left));
                    foreach (var input in Signature.Inputs)
                    {
                        left = left[PackedRows.TensorLength(input, left)..];
                    }
                }
            }

            Runs.Add((rows, string.Join(' ', lengths)));
            model.Run(segments, rows, outputs);
        }

        public void Dispose() => model.Dispose();
    }
}
