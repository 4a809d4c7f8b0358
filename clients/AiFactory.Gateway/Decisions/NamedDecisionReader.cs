using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Decisions;

/// <summary>Reads a request for decisions: one object of named fields, or <c>{"instances":[...]}</c>.</summary>
internal sealed class NamedDecisionReader(string tenant, ServedEndpoint endpoint, string requestId, long arrivedAt, int instancesMax, CancellationToken cancellation)
{
    /// <summary>The one decision asked for, when <see cref="Several"/> is null.</summary>
    public Asked One { get; private set; }

    /// <summary>The decisions of a request with instances.</summary>
    public List<Asked>? Several { get; private set; }

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="RefusedException">A field, or the number of instances, is against a rule.</exception>
    public void Read(in ReadOnlySequence<byte> sequence)
    {
        using var contiguous = new ContiguousBody(sequence);
        var body = contiguous.Span;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        RequireObject(ref reader, "body");
        if (HoldsInstances(reader))
        {
            reader.Read();
            reader.Read();
            ReadInstances(ref reader, body);
            reader.Read();
            if (reader.TokenType != JsonTokenType.EndObject)
            {
                throw new RefusedException(new("field-unknown", RefusalKind.Unprocessable, "Beside 'instances' there may be no other field.", reader.GetString(), "Send the instances alone."));
            }
        }
        else
        {
            One = ReadOne(ref reader, body, requestId);
        }

        // Anything but white space after the value is malformed.
        reader.Read();
    }

    /// <summary>Tells the rows which call with an idempotency key they belong to.</summary>
    public void Hold(HeldCall held)
    {
        One.Rows?.Held = held;
        foreach (var asked in Several ?? [])
        {
            asked.Rows.Held = held;
        }
    }

    /// <summary>Gives the rows back to their pool.</summary>
    public void Return()
    {
        One.Rows?.Return();
        foreach (var asked in Several ?? [])
        {
            asked.Rows.Return();
        }
    }

    private bool HoldsInstances(Utf8JsonReader ahead) =>
        ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName && ahead.ValueTextEquals("instances"u8)
        && endpoint.Variants.All(variant => variant.InputNames.Find("instances"u8, -1) < 0);

    private void ReadInstances(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new RefusedException(new("field-invalid", RefusalKind.Unprocessable, "'instances' is not an array.", "instances", "Send an array of objects with named fields."));
        }

        Several = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Several.Count == instancesMax)
            {
                throw new RefusedException(new("instances-too-many", RefusalKind.TooLarge, $"A request may hold at most {instancesMax} instances.", "instances", "Split them over several requests."));
            }

            var where = $"instances[{Several.Count}]";
            RequireObject(ref reader, where);
            try
            {
                Several.Add(ReadOne(ref reader, body, string.Create(CultureInfo.InvariantCulture, $"{requestId}-{Several.Count}")));
            }
            catch (RefusedException refused)
            {
                throw new RefusedException(refused.Refusal with { Where = $"{where}.{refused.Refusal.Where}" }, refused);
            }
        }

        if (Several.Count == 0)
        {
            throw new RefusedException(new("instances-empty", RefusalKind.Unprocessable, "There is no instance to decide on.", "instances", "Send at least one object."));
        }
    }

    private Asked ReadOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, string id)
    {
        var rows = PendingInference.Rent();
        try
        {
            endpoint.Prepare(rows, arrivedAt);
            rows.Rows = 1;
            rows.Cancellation = cancellation;
            var variant = endpoint.Variants[0];
            if (!endpoint.OneReader)
            {
                // Which fields are right depends on the variant, and the variant on the unit: look for that first.
                variant = endpoint.Choose(Assignment.Bucket(endpoint.Route.Salt, FindUnit(reader, body) ?? id));
            }

            var unit = variant.Reader.Read(ref reader, body, rows.Input);
            var bucket = Assignment.Bucket(endpoint.Route.Salt, unit ?? id);
            return new(tenant, endpoint, endpoint.Choose(bucket), rows, id, unit ?? "", bucket, arrivedAt);
        }
        catch
        {
            rows.Return();
            throw;
        }
    }

    private string? FindUnit(Utf8JsonReader ahead, ReadOnlySpan<byte> body)
    {
        if (endpoint.Route.KeyField is not { } keyField)
        {
            return null;
        }

        var key = default(JsonToken);
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var found = ahead.ValueTextEquals(keyField);
            ahead.Read();
            var token = JsonToken.Take(ref ahead);
            key = found ? token : key;
        }

        return FeatureRowReader.UnitText(key, body, keyField);
    }

    private static void RequireObject(ref Utf8JsonReader reader, string where)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new RefusedException(new("object-expected", RefusalKind.Malformed, $"The {where} is not a JSON object.", where,
                "Send one object of named fields, or {\"instances\":[{...},...]}."));
        }
    }
}
