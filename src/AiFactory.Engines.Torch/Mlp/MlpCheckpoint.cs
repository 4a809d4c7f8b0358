using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AiFactory.Engines.Training;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>What a resumed run goes on from: weights, optimizer state and the epoch they stand at.</summary>
internal sealed record MlpCheckpoint(int Epoch, long Steps, float[] Weights, float[] First, float[] Second)
{
    private const int Vectors = 3;

    /// <summary>Body of the frame: steps (64 bits), then weights, first and second moments, little-endian.</summary>
    public static byte[] Write(byte[] fingerprint, int epoch, MlpNetwork network, AdamW optimizer)
    {
        var weights = network.Weights.bytes;
        var body = new byte[sizeof(long) + (Vectors * weights.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(body, optimizer.Steps);
        weights.CopyTo(body.AsSpan(sizeof(long)));
        MemoryMarshal.AsBytes(optimizer.First).CopyTo(body.AsSpan(sizeof(long) + weights.Length));
        MemoryMarshal.AsBytes(optimizer.Second).CopyTo(body.AsSpan(sizeof(long) + (2 * weights.Length)));
        return CheckpointFrame.Write(fingerprint, epoch, body);
    }

    /// <exception cref="Domain.Refusals.RefusedException"><c>checkpoint-corrupt</c> or <c>checkpoint-foreign</c>.</exception>
    public static MlpCheckpoint Read(byte[] fingerprint, byte[] bytes, int parameters)
    {
        var (epoch, body) = CheckpointFrame.Read(fingerprint, bytes);
        if (body.Length != sizeof(long) + (Vectors * parameters * sizeof(float)))
        {
            throw CheckpointFrame.Corrupt();
        }

        var vectors = MemoryMarshal.Cast<byte, float>(body.Span[sizeof(long)..]);
        return new(
            epoch,
            BinaryPrimitives.ReadInt64LittleEndian(body.Span),
            vectors[..parameters].ToArray(),
            vectors.Slice(parameters, parameters).ToArray(),
            vectors[(2 * parameters)..].ToArray());
    }
}
