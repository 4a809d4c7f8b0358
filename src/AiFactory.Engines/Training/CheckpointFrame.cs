using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Training;

/// <summary>
/// The envelope of a checkpoint, so that a damaged or foreign one is refused instead of resumed from: 8 bytes magic, 32 bytes fingerprint of what
/// is trained, 4 bytes epoch, 4 bytes body length, body, 4 bytes CRC32C of all before; integers little-endian.
/// </summary>
public static class CheckpointFrame
{
    private const int Overhead = MagicBytes + SHA256.HashSizeInBytes + (3 * sizeof(int));
    private const int MagicBytes = 8;
    private const int EpochAt = MagicBytes + SHA256.HashSizeInBytes;
    private const int LengthAt = EpochAt + sizeof(int);
    private const int BodyAt = LengthAt + sizeof(int);

    private static ReadOnlySpan<byte> Magic => "AFCKPT01"u8;

    /// <summary>Fingerprint of a task: data shape, classes, split, seed, epochs and hyperparameters. Ranks of one run agree on it.</summary>
    public static byte[] Fingerprint(string trainer, TrainingTask task)
    {
        var text = new StringBuilder();
        text.AppendJoin('\n', trainer, task.Table.Rows, task.Table.LabelColumn, task.Table.NegativeClass, task.Table.PositiveClass,
            task.TrainRows.Length, task.HoldoutRows.Length, task.Epochs, task.Seed);
        foreach (var column in task.Table.Features)
        {
            text.Append('\n').Append(column.GetType().Name).Append(' ').Append(column.Name);
        }

        foreach (var (name, value) in task.Hyperparameters.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append('\n').Append(name).Append(' ').Append(BitConverter.DoubleToInt64Bits(value));
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public static byte[] Write(byte[] fingerprint, int epoch, ReadOnlySpan<byte> body)
    {
        var bytes = new byte[Overhead + body.Length];
        Magic.CopyTo(bytes);
        fingerprint.CopyTo(bytes, MagicBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(EpochAt), epoch);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthAt), body.Length);
        body.CopyTo(bytes.AsSpan(BodyAt));
        var crcAt = BodyAt + body.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(crcAt), Crc(bytes.AsSpan(0, crcAt)));
        return bytes;
    }

    /// <exception cref="RefusedException"><c>checkpoint-corrupt</c>: damaged; <c>checkpoint-foreign</c>: of another task.</exception>
    public static (int Epoch, ReadOnlyMemory<byte> Body) Read(byte[] fingerprint, byte[] bytes)
    {
        var crcAt = bytes.Length - sizeof(uint);
        if (bytes.Length < Overhead
            || !bytes.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(LengthAt)) != bytes.Length - Overhead
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(crcAt)) != Crc(bytes.AsSpan(0, crcAt)))
        {
            throw Corrupt();
        }

        if (!bytes.AsSpan(MagicBytes, SHA256.HashSizeInBytes).SequenceEqual(fingerprint))
        {
            throw new RefusedException(new Refusal("checkpoint-foreign", RefusalKind.Conflict,
                "The checkpoint is of another training task: data, seed, epochs or hyperparameters differ.", "checkpoint",
                "Start a new run instead of resuming this one."));
        }

        return (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(EpochAt)), bytes.AsMemory(BodyAt, crcAt - BodyAt));
    }

    /// <summary>What a trainer throws when the body is not what it wrote.</summary>
    public static RefusedException Corrupt() => new(new Refusal("checkpoint-corrupt", RefusalKind.Fault,
        "The checkpoint is damaged: its length or checksum is wrong.", "checkpoint", "Resume from an earlier checkpoint, or start the run again."));

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
