using System.Buffers;
using AiFactory.Engines.Inference.Sequences;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Tests.Onnx;

/// <summary>Silero's voice activity detector, a model of others with memory (npm: @ricky0123/vad-web), against ONNX Runtime with the state carried by hand.</summary>
public sealed class SileroTests
{
    private const int Chunk = 512;
    private const int Chunks = 30;
    private const long SampleRate = 16_000;

    [Fact]
    public void Run_ThirtyChunksOfASequence_GivesWhatCarryingTheStateByHandGives()
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("AIFACTORY_TEST_MODELS") ?? "", "node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx");
        Assert.SkipUnless(File.Exists(path), "AIFACTORY_TEST_MODELS names no folder with node_modules/@ricky0123/vad-web (npm install @ricky0123/vad-web).");
        var audio = Audio();
        var expected = ByHand(path, audio);

        using var model = new SequenceModel(new OnnxEngine().Load(path), [new("state", "stateN", [2, 1, 128])], new(), TimeProvider.System);
        var outputs = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Chunks; i++)
        {
            // Another sequence in between must not disturb this one.
            model.Run([Step("one", audio[i], i == 0), Step("other", audio[Chunks - 1 - i], i == 0)], 2, outputs);
        }

        // An answer is two sizes of free axes or one, then the probability.
        var answer = outputs.WrittenCount / (2 * Chunks);
        var got = Enumerable.Range(0, Chunks).Select(i => BitConverter.ToSingle(outputs.WrittenSpan.Slice((((2 * i) + 1) * answer) - sizeof(float), sizeof(float)))).ToArray();
        Assert.Equal(expected, got);
        Assert.True(expected.Distinct().Count() > Chunks / 2, "The audio should move the detector.");
    }

    private static byte[] Step(string id, float[] chunk, bool start) =>
        Rows.Step(id, [.. BitConverter.GetBytes(1), .. BitConverter.GetBytes(Chunk), .. Rows.Of(chunk), .. BitConverter.GetBytes(SampleRate)], start);

    private static float[] ByHand(string path, float[][] audio)
    {
        using var session = new InferenceSession(path);
        using var options = new RunOptions();
        var state = new float[2 * 128];
        var probabilities = new List<float>();
        foreach (var chunk in audio)
        {
            using var input = OrtValue.CreateTensorValueFromMemory(chunk, [1, Chunk]);
            using var carried = OrtValue.CreateTensorValueFromMemory(state, [2, 1, 128]);
            using var rate = OrtValue.CreateTensorValueFromMemory(new[] { SampleRate }, []);
            using var results = session.Run(options, ["input", "state", "sr"], [input, carried, rate], ["output", "stateN"]);
            probabilities.Add(results[0].GetTensorDataAsSpan<float>()[0]);
            state = results[1].GetTensorDataAsSpan<float>().ToArray();
        }

        return [.. probabilities];
    }

    // A voice-like buzz with breaks, and some noise.
    private static float[][] Audio()
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, Chunks).Select(chunk => Enumerable.Range(0, Chunk).Select(i =>
        {
            var t = ((chunk * Chunk) + i) / (double)SampleRate;
            var voice = chunk % 10 < 6 ? Enumerable.Range(1, 12).Sum(h => Math.Sin(2 * Math.PI * (110 + (20 * Math.Sin(t * 9))) * h * t) / h) : 0;
            return (float)((0.2 * voice) + (0.01 * (random.NextDouble() - 0.5)));
        }).ToArray())];
    }
}
