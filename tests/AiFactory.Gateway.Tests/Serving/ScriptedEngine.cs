using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;

namespace AiFactory.Gateway.Serving;

/// <summary>Models that give their number back, fail or hang as the test says, on the product's own devices.</summary>
internal sealed class ScriptedEngine : IInferenceEngine, IDisposable
{
    /// <summary>A row that hangs until <see cref="Open"/> or until it is terminated.</summary>
    public const float Hang = -1;

    /// <summary>A row that fails.</summary>
    public const float Fail = -2;

    public static readonly ModelSignature Signature = new([new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [1])]);

    private readonly ConcurrentQueue<(string Device, float X)> _ran = new();
    private readonly ConcurrentQueue<(string Device, float X)> _stopped = new();
    private readonly ConcurrentDictionary<string, bool> _hanging = new();
    private readonly ManualResetEventSlim _gate = new(false);

    public string Name => "scripted";

    /// <summary>Rows that began to run, in order.</summary>
    public IReadOnlyList<(string Device, float X)> Ran => [.. _ran];

    /// <summary>Rows that were terminated.</summary>
    public IReadOnlyList<(string Device, float X)> Stopped => [.. _stopped];

    /// <summary>Forgets everything, and lets rows hang again.</summary>
    public void Reset()
    {
        _ran.Clear();
        _stopped.Clear();
        _hanging.Clear();
        _gate.Reset();
    }

    /// <summary>Whatever hangs goes on, and nothing hangs any more.</summary>
    public void Open() => _gate.Set();

    /// <summary>Every row of a device hangs.</summary>
    public void HangDevice(string device) => _hanging[device] = true;

    public IInferenceModel Load(string artifactPath) => throw new NotSupportedException();

    public IInferenceModel Load(string artifactPath, Device device) => new Loaded(this, device.Name);

    public void Dispose() => _gate.Dispose();

    private sealed class Loaded(ScriptedEngine engine, string device) : IInferenceModel
    {
        private readonly Lock _running = new();
        private ManualResetEventSlim? _stop;

        public ModelSignature Signature => ScriptedEngine.Signature;

        public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
        {
            foreach (var segment in segments)
            {
                for (var at = 0; at < segment.Length; at += sizeof(float))
                {
                    var x = BinaryPrimitives.ReadSingleLittleEndian(segment.Span[at..]);
                    RunOne(x);
                    BinaryPrimitives.WriteSingleLittleEndian(outputs.GetSpan(sizeof(float)), x);
                    outputs.Advance(sizeof(float));
                }
            }
        }

        public void Terminate()
        {
            lock (_running)
            {
                _stop?.Set();
            }
        }

        public void Dispose()
        {
        }

        private void RunOne(float x)
        {
            // Zeros are warm-up.
            if (x == 0)
            {
                return;
            }

            using var stop = new ManualResetEventSlim(false);
            lock (_running)
            {
                _stop = stop;
            }

            try
            {
                engine._ran.Enqueue((device, x));
                Act(x, stop);
            }
            finally
            {
                lock (_running)
                {
                    _stop = null;
                }
            }
        }

        private void Act(float x, ManualResetEventSlim stop)
        {
            if (x == Fail)
            {
                throw new InvalidOperationException("scripted");
            }

            if ((x == Hang || engine._hanging.ContainsKey(device)) && WaitHandle.WaitAny([stop.WaitHandle, engine._gate.WaitHandle]) == 0)
            {
                engine._stopped.Enqueue((device, x));
                throw new OperationCanceledException();
            }
        }
    }
}
