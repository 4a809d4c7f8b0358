using System.Buffers.Binary;

namespace AiFactory.Grains.Workers;

/// <summary>
/// What a lane sends to a worker: rows (int32), then packed input rows. Bytes, because typed arrays are several times slower between silos.
/// </summary>
public readonly struct InferenceMessage(ReadOnlyMemory<byte> bytes)
{
    public const int HeaderBytes = sizeof(int);

    public int Rows => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);

    public ReadOnlyMemory<byte> PackedRows => bytes[HeaderBytes..];

    public static void WriteHeader(Span<byte> destination, int rows) => BinaryPrimitives.WriteInt32LittleEndian(destination, rows);
}

/// <summary>
/// What a worker answers: rows of the whole batch (int32), price book version (int32), this message's share of the device time in
/// nanoseconds (int64) and of its price in picodollars (int64), then packed output rows.
/// </summary>
public readonly struct InferenceReply(ReadOnlyMemory<byte> bytes)
{
    public const int HeaderBytes = (2 * sizeof(int)) + (2 * sizeof(long));

    public int BatchRows => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);

    public int PriceBookVersion => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);

    public long DeviceNanoseconds => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[8..]);

    public long Picodollars => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[16..]);

    public ReadOnlyMemory<byte> PackedRows => bytes[HeaderBytes..];

    public static void WriteHeader(Span<byte> destination, int batchRows, int priceBookVersion, long deviceNanoseconds, long picodollars)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, batchRows);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], priceBookVersion);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], deviceNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], picodollars);
    }
}
