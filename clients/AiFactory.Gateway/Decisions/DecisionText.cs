using System.Globalization;
using System.Text;
using AiFactory.Domain.Decisions;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Decisions;

/// <summary>Writes a <see cref="DecisionResponse"/> as JSON, as the product's JSON convention would.</summary>
internal static class DecisionText
{
    private const int AddressDigits = 14;

    public static void Write(ByteBuffer into, string logName, in Asked asked, in Decided decided)
    {
        into.Append("{\"decisionId\":\""u8);
        WriteId(into, logName, decided.Address);
        into.Append((byte)'"');
        if (asked.Endpoint.Route.KeyField is not null)
        {
            into.Append(",\"unit\":"u8);
            JsonText.WriteString(into, asked.Unit);
        }

        var variant = asked.Variant;
        if (decided.HasClasses)
        {
            into.Append(",\"prediction\":"u8);
            into.Append(decided.Positive ? variant.PositiveJson : variant.NegativeJson);
            into.Append(",\"score\":"u8);
            WriteScore(into, decided.Score);
        }
        else
        {
            WriteOutputs(into, asked);
        }

        into.Append(",\"variant\":"u8);
        into.Append(asked.Rows.Kind == DecisionKind.Default ? "\"\""u8 : variant.NameJson);
        into.Append(",\"model\":"u8);
        into.Append(variant.ModelJson);
        WriteOrigin(into, asked);
        into.Append((byte)'}');
    }

    /// <summary>For an answer that is not plainly its variant's: what it is, and which variant was assigned where that one did not answer.</summary>
    public static void WriteOrigin(ByteBuffer into, in Asked asked)
    {
        if (asked.Rows.Kind == DecisionKind.Model)
        {
            return;
        }

        into.Append(asked.Rows.Kind switch
        {
            DecisionKind.Cached => ",\"kind\":\"cached\""u8,
            DecisionKind.Fallback => ",\"kind\":\"fallback\""u8,
            _ => ",\"kind\":\"default\""u8,
        });
        if (asked.Rows.FellBack)
        {
            into.Append(",\"assigned\":"u8);
            into.Append(asked.Wanted.NameJson);
        }
    }

    /// <summary>The text of a <see cref="DecisionId"/>; silo names need no escapes.</summary>
    public static void WriteId(ByteBuffer into, string logName, long address)
    {
        Encoding.UTF8.GetBytes(logName, into.Append(Encoding.UTF8.GetByteCount(logName)));
        into.Append((byte)'-');
        address.TryFormat(into.Append(AddressDigits), out _, "x14", CultureInfo.InvariantCulture);
    }

    // Models score in single precision: the shortest text that gives the same single says all there is.
    private static void WriteScore(ByteBuffer into, double score)
    {
        if ((float)score == score)
        {
            JsonText.WriteFloating(into, (float)score, float.IsFinite((float)score));
        }
        else
        {
            JsonText.WriteFloating(into, score, double.IsFinite(score));
        }
    }

    private static void WriteOutputs(ByteBuffer into, in Asked asked)
    {
        into.Append(",\"outputs\":{"u8);
        var outputs = asked.Variant.Route.Signature.Outputs;
        var row = asked.Rows.Output.Span;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (i > 0)
            {
                into.Append((byte)',');
            }

            var length = PackedRows.TensorLength(outputs[i], row);
            into.Append(asked.Variant.OutputNamesJson[i]);
            into.Append((byte)':');
            JsonText.WriteRow(into, outputs[i], row[..length]);
            row = row[length..];
        }

        into.Append((byte)'}');
    }
}
