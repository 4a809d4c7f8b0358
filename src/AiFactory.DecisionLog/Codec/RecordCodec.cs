using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;

namespace AiFactory.DecisionLog.Codec;

/// <summary>
/// Bytes of a log record: a kind byte, then the fields in order. A kind names one layout for ever; a changed record gets a new kind and the old one stays readable.
/// Instants are kept in UTC.
/// </summary>
internal static class RecordCodec
{
    private const byte DecisionV1 = 1;
    private const byte OutcomeV1 = 2;
    private const byte DeviceTimeV1 = 3;

    // A decision that its assigned variant's model did not simply answer.
    private const byte DerivedDecisionV1 = 4;
    private const int FixedBytesMax = 256;

    /// <summary>An upper bound for what <see cref="Encode"/> writes, in bytes.</summary>
    public static long BytesMax(LogRecord record) => record switch
    {
        DecisionRecord d => FixedBytesMax
            + (long)RecordWriter.BytesMax(d.Tenant) + RecordWriter.BytesMax(d.Endpoint) + RecordWriter.BytesMax(d.Variant) + RecordWriter.BytesMax(d.Model)
            + RecordWriter.BytesMax(d.RequestId) + RecordWriter.BytesMax(d.Unit) + RecordWriter.BytesMax(d.Predicted) + RecordWriter.BytesMax(d.Worker)
            + RecordWriter.BytesMax(d.Assigned)
            + RecordWriter.BytesMax(d.Features) + RecordWriter.BytesMax(d.Outputs),
        OutcomeRecord o => FixedBytesMax + (long)RecordWriter.BytesMax(o.Tenant) + RecordWriter.BytesMax(o.Endpoint) + RecordWriter.BytesMax(o.Label),
        DeviceTimeRecord t => FixedBytesMax + (long)RecordWriter.BytesMax(t.Worker) + RecordWriter.BytesMax(t.Session)
            + t.Training.Sum(share => (long)RecordWriter.BytesMax(share.Key) + 16),
        _ => throw new ArgumentException($"{record.GetType().Name} is not a record of the decision log.", nameof(record)),
    };

    /// <returns>Bytes written.</returns>
    public static int Encode(LogRecord record, Span<byte> buffer)
    {
        var writer = new RecordWriter(buffer);
        switch (record)
        {
            case DecisionRecord decision:
                Write(ref writer, decision);
                break;
            case OutcomeRecord outcome:
                Write(ref writer, outcome);
                break;
            case DeviceTimeRecord deviceTime:
                Write(ref writer, deviceTime);
                break;
        }

        return writer.Written;
    }

    /// <exception cref="InvalidDataException">The bytes are not such a record.</exception>
    public static LogRecord Decode(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        var kind = reader.Byte();
        LogRecord record = kind switch
        {
            DecisionV1 => ReadDecision(ref reader),
            DerivedDecisionV1 => ReadDerivedDecision(ref reader),
            OutcomeV1 => ReadOutcome(ref reader),
            DeviceTimeV1 => ReadDeviceTime(ref reader),
            _ => throw LogRefusals.UnknownKind(kind),
        };
        return reader.AtEnd ? record : throw new InvalidDataException("A log record goes on after its last field.");
    }

    /// <returns>Null for a decision, whose head it is.</returns>
    /// <exception cref="InvalidDataException">The bytes are not such a record.</exception>
    public static LogRecord? DecodeHead(ReadOnlySpan<byte> payload, out DecisionHead decision)
    {
        var reader = new RecordReader(payload);
        var kind = reader.Byte();
        if (kind is not (DecisionV1 or DerivedDecisionV1))
        {
            decision = default;
            return Decode(payload);
        }

        decision = ReadHead(ref reader);
        if (kind == DerivedDecisionV1)
        {
            decision = decision with { Kind = (DecisionKind)reader.Byte() };
            reader.Pass(); // Variant assigned.
            decision = decision with { Original = reader.Integer() };
        }

        return null;
    }

    private static void Write(ref RecordWriter writer, DecisionRecord record)
    {
        var derived = record.Kind != DecisionKind.Model || record.Assigned.Length > 0 || record.Original != -1;
        writer.Byte(derived ? DerivedDecisionV1 : DecisionV1);
        writer.Instant(record.At);
        writer.Text(record.Tenant);
        writer.Text(record.Endpoint);
        writer.Integer(record.Revision);
        writer.Text(record.Variant);
        writer.Text(record.Model);
        writer.Integer(record.ModelVersion);
        writer.Text(record.RequestId);
        writer.Text(record.Unit);
        writer.Integer(record.Bucket);
        writer.Integer(record.Rows);
        writer.Blob(record.Features.Span);
        writer.Blob(record.Outputs.Span);
        writer.Text(record.Predicted);
        writer.Flag(record.PositivePredicted);
        writer.Text(record.Worker);
        writer.Integer(record.BatchRows);
        writer.Integer(record.DeviceNanoseconds);
        writer.Integer(record.PriceBookVersion);
        writer.Money(record.Cost.Value);
        writer.Integer(record.LatencyMicroseconds);
        if (derived)
        {
            writer.Byte((byte)record.Kind);
            writer.Text(record.Assigned);
            writer.Integer(record.Original);
        }
    }

    private static DecisionRecord ReadDerivedDecision(ref RecordReader reader) => ReadDecision(ref reader) with
    {
        Kind = (DecisionKind)reader.Byte(),
        Assigned = reader.Name(),
        Original = reader.Integer(),
    };

    // Argument order is field order: C# evaluates arguments from left to right.
    private static DecisionRecord ReadDecision(ref RecordReader reader) => new(
        At: reader.Instant(),
        Tenant: reader.Name(),
        Endpoint: reader.Name(),
        Revision: reader.Integer(),
        Variant: reader.Name(),
        Model: reader.Name(),
        ModelVersion: reader.Int32(),
        RequestId: reader.Text(),
        Unit: reader.Text(),
        Bucket: reader.Int32(),
        Rows: reader.Int32(),
        Features: reader.Blob(),
        Outputs: reader.Blob(),
        Predicted: reader.Name(),
        PositivePredicted: reader.Flag(),
        Worker: reader.Name(),
        BatchRows: reader.Int32(),
        DeviceNanoseconds: reader.Integer(),
        PriceBookVersion: reader.Int32(),
        Cost: new Picodollars(reader.Money()),
        LatencyMicroseconds: reader.Integer());

    // The fields of a decision in their order, most of them passed over.
    private static DecisionHead ReadHead(ref RecordReader reader)
    {
        var (at, tenant, endpoint, revision, variant) = (reader.Instant(), reader.Name(), reader.Name(), reader.Integer(), reader.Name());
        var (model, version) = (reader.Name(), reader.Int32());
        reader.Pass(); // Request id.
        reader.Pass(); // Unit.
        reader.Integer(); // Bucket.
        reader.Integer(); // Rows.
        reader.Pass(); // Features.
        reader.Pass(); // Outputs.
        reader.Pass(); // Predicted class.
        var (positive, worker) = (reader.Flag(), reader.Name());
        reader.Integer(); // Rows of the batch.
        reader.Integer(); // Device time.
        reader.Integer(); // Price book.
        var cost = new Picodollars(reader.Money());
        reader.Integer(); // Latency.
        return new(at, tenant, endpoint, revision, variant, model, version, positive, worker, cost, DecisionKind.Model);
    }

    private static void Write(ref RecordWriter writer, OutcomeRecord record)
    {
        writer.Byte(OutcomeV1);
        writer.Instant(record.At);
        writer.Text(record.Tenant);
        writer.Text(record.Endpoint);
        writer.Integer(record.DecisionAddress);
        writer.Text(record.Label);
        writer.Flag(record.Positive);
    }

    private static OutcomeRecord ReadOutcome(ref RecordReader reader) => new(
        At: reader.Instant(),
        Tenant: reader.Name(),
        Endpoint: reader.Name(),
        DecisionAddress: reader.Integer(),
        Label: reader.Name(),
        Positive: reader.Flag());

    private static void Write(ref RecordWriter writer, DeviceTimeRecord record)
    {
        writer.Byte(DeviceTimeV1);
        writer.Instant(record.At);
        writer.Text(record.Worker);
        writer.Text(record.Session);
        writer.Integer(record.Interval);
        writer.Integer(record.WallNanoseconds);
        writer.Money(record.Bill.Value);
        writer.Money(record.Inference.Value);
        writer.Unsigned((ulong)record.Training.Count);
        foreach (var (run, amount) in record.Training.OrderBy(share => share.Key, StringComparer.Ordinal))
        {
            writer.Text(run);
            writer.Money(amount.Value);
        }

        writer.Money(record.Idle.Value);
    }

    private static DeviceTimeRecord ReadDeviceTime(ref RecordReader reader) => new(
        At: reader.Instant(),
        Worker: reader.Name(),
        Session: reader.Name(),
        Interval: reader.Integer(),
        WallNanoseconds: reader.Integer(),
        Bill: new Picodollars(reader.Money()),
        Inference: new Picodollars(reader.Money()),
        Training: ReadTraining(ref reader),
        Idle: new Picodollars(reader.Money()));

    private static SortedDictionary<string, Picodollars> ReadTraining(ref RecordReader reader)
    {
        var shares = new SortedDictionary<string, Picodollars>(StringComparer.Ordinal);
        for (var left = reader.Unsigned(); left > 0; left--)
        {
            shares.Add(reader.Name(), new Picodollars(reader.Money()));
        }

        return shares;
    }
}
