using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;

namespace AiFactory.Grains.Workers.Tests.Doubles;

/// <summary>Logistic regression over 1, x, cos 2x, cos 3x, ...; its artefact is the weights as little-endian float32.</summary>
internal static class BasisModel
{
    public const string Input = "x";
    public const string Output = "probability";

    public static readonly ModelSignature Signature = new([new(Input, TensorDataType.Fp32, [1])], [new(Output, TensorDataType.Fp32, [1])]);

    /// <summary>Weights that give other answers for every seed.</summary>
    public static float[] Weights(int seed, int length = 2) =>
        [.. Enumerable.Range(0, length).Select(index => MathF.Sin((seed * 7.1f) + (index * 1.3f)) / (index + 1))];

    public static byte[] Artifact(float[] weights) => MemoryMarshal.AsBytes(weights.AsSpan()).ToArray();

    public static float Basis(int index, float x) => index switch { 0 => 1, 1 => x, _ => MathF.Cos(index * x) };

    public static float Score(ReadOnlySpan<float> weights, float x)
    {
        var sum = 0f;
        for (var index = 0; index < weights.Length; index++)
        {
            sum += weights[index] * Basis(index, x);
        }

        return 1 / (1 + MathF.Exp(-sum));
    }
}

/// <summary>Runs <see cref="BasisModel"/>s and counts what it loads.</summary>
internal sealed class BasisEngine : IInferenceEngine
{
    private readonly ConcurrentDictionary<(string Sha256, string Device), int> _loads = new();

    private readonly ConcurrentDictionary<string, int> _open = new();
    private readonly ConcurrentDictionary<string, (long Now, long Peak)> _bytes = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<int>> _runs = new();
    private int _loading;

    public string Name => "basis";

    /// <summary>While it is not set, models that begin to run wait.</summary>
    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>While it is not set, loads that begin wait.</summary>
    public ManualResetEventSlim LoadGate { get; } = new(true);

    /// <summary>Most loads at the same time, on all devices of all silos.</summary>
    public int LoadsPeak { get; private set; }

    /// <summary>Most bytes of weights that a device ever held at the same time.</summary>
    public long BytesPeak(string device) => _bytes.GetValueOrDefault(device).Peak;

    /// <summary>Buffers that each artefact's models have grown to.</summary>
    public ConcurrentDictionary<string, long> Buffers { get; } = new();

    /// <summary>Rows of each run of an artefact, the first ones being warm-up.</summary>
    public int[] Runs(string sha256) => [.. _runs.GetOrAdd(sha256, static _ => new())];

    /// <summary>Copies of an artefact in memory, on all devices.</summary>
    public int Open(string sha256) => _open.GetValueOrDefault(sha256);

    public int Loads(string sha256, string device) => _loads.GetValueOrDefault((sha256, device));

    public IInferenceModel Load(string artifactPath) => Load(artifactPath, new Device("none", DeviceKind.Cpu, "cpu-slot"));

    public IInferenceModel Load(string artifactPath, Device device)
    {
        var sha256 = Path.GetFileName(artifactPath);
        _loads.AddOrUpdate((sha256, device.Name), 1, (_, before) => before + 1);
        LoadsPeak = Math.Max(LoadsPeak, Interlocked.Increment(ref _loading));
        LoadGate.Wait();
        var weights = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(artifactPath)).ToArray();
        _open.AddOrUpdate(sha256, 1, (_, before) => before + 1);
        Hold(device.Name, weights.Length * sizeof(float));
        Interlocked.Decrement(ref _loading);
        return new Loaded(this, sha256, device.Name, weights);
    }

    private void Hold(string device, long bytes) => _bytes.AddOrUpdate(
        device, (bytes, bytes), (_, held) => (held.Now + bytes, Math.Max(held.Peak, held.Now + bytes)));

    private sealed class Loaded(BasisEngine engine, string sha256, string device, float[] weights) : IInferenceModel
    {
        private bool _gone;

        public ModelSignature Signature => BasisModel.Signature;

        public long MemoryBytes => (weights.Length * sizeof(float)) + engine.Buffers.GetValueOrDefault(sha256);

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            engine.Gate.Wait();
            engine._runs.GetOrAdd(sha256, static _ => new()).Enqueue(rows);
            foreach (var segment in segments)
            {
                for (var at = 0; at < segment.Length; at += sizeof(float))
                {
                    var score = BasisModel.Score(weights, BinaryPrimitives.ReadSingleLittleEndian(segment.Span[at..]));
                    BinaryPrimitives.WriteSingleLittleEndian(outputs.GetSpan(sizeof(float)), score);
                    outputs.Advance(sizeof(float));
                }
            }
        }

        public void Dispose()
        {
            if (!_gone)
            {
                _gone = true;
                engine._open.AddOrUpdate(sha256, 0, (_, before) => before - 1);
                engine.Hold(device, -weights.Length * sizeof(float));
            }
        }
    }
}
