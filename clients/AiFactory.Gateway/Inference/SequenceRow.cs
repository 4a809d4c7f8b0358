using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>The start of a row for a model with memory: the sequence that it belongs to.</summary>
internal static class SequenceRow
{
    /// <exception cref="RefusedException"><c>sequence-missing</c>.</exception>
    public static void Begin(in RequestTerms terms, ByteBuffer rows) =>
        SequencePrefix.Write(terms.SequenceId is { Length: > 0 } id ? id : throw Missing(), terms.SequenceStart, terms.SequenceEnd, rows);

    public static RefusedException Missing() => new(new("sequence-missing", RefusalKind.Malformed, "The model remembers what came before in a sequence, and the request names none.",
        "parameters.sequence_id", "Use POST /v2/models/NAME/infer with parameters.sequence_id, and sequence_start in the first request, sequence_end in the last."));
}
