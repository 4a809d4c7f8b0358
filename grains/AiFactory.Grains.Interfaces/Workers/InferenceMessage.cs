using System.Buffers.Binary;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Grains.Workers;

/// <summary>How a message is to be treated.</summary>
/// <param name="Priority">Of every request in it.</param>
/// <param name="ObjectiveMicroseconds">The endpoint's latency objective.</param>
/// <param name="BudgetNanoseconds">Time left, when it was sent, until the latest deadline in it; <see cref="long.MaxValue"/>: none.</param>
/// <param name="MessageId">Names it on its worker; 0: it will not be cancelled.</param>
public readonly record struct MessageTerms(RequestPriority Priority, int ObjectiveMicroseconds, long BudgetNanoseconds, long MessageId)
{
    public static readonly MessageTerms Default = new(RequestPriority.Normal, 100_000, long.MaxValue, 0);
}

/// <summary>
/// What a lane sends to a worker: rows (int32), priority (byte), 3 bytes of 0, objective (int32, microseconds), 4 bytes of 0, budget (int64, nanoseconds),
/// message id (int64), then packed input rows. Bytes, because typed arrays are several times slower between silos.
/// </summary>
public readonly struct InferenceMessage(ReadOnlyMemory<byte> bytes)
{
    public const int HeaderBytes = 32;

    public int Rows => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);

    public ReadOnlyMemory<byte> PackedRows => bytes[HeaderBytes..];

    public MessageTerms Terms => new(
        (RequestPriority)bytes.Span[4],
        BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[24..]));

    public static void WriteHeader(Span<byte> destination, int rows, in MessageTerms terms)
    {
        destination[..HeaderBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(destination, rows);
        destination[4] = (byte)terms.Priority;
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], terms.ObjectiveMicroseconds);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], terms.BudgetNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], terms.MessageId);
    }
}

/// <summary>
/// What a worker answers: rows of the whole batch (int32), price book version (int32), this message's share of the device time in
/// nanoseconds (int64) and of its price in picodollars (int64), nanoseconds that it waited for its batch (int64), then packed output rows.
/// </summary>
public readonly struct InferenceReply(ReadOnlyMemory<byte> bytes)
{
    public const int HeaderBytes = (2 * sizeof(int)) + (3 * sizeof(long));

    public int BatchRows => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);

    public int PriceBookVersion => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);

    public long DeviceNanoseconds => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[8..]);

    public long Picodollars => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[16..]);

    /// <summary>From the message's arrival on its device to the start of its batch.</summary>
    public long QueueNanoseconds => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[24..]);

    public ReadOnlyMemory<byte> PackedRows => bytes[HeaderBytes..];

    public static void WriteHeader(
        Span<byte> destination, int batchRows, int priceBookVersion, long deviceNanoseconds, long picodollars, long queueNanoseconds = 0)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, batchRows);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], priceBookVersion);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], deviceNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], picodollars);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], queueNanoseconds);
    }
}
