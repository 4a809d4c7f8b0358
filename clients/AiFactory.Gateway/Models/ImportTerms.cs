using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Models;

/// <summary>What an import says of its models that their files do not.</summary>
/// <param name="Sequence">The tensors that they remember, as <see cref="SequenceRules.Text"/> gives them; null: none.</param>
/// <param name="Padding">Null: rows are never padded.</param>
internal sealed record ImportTerms(string? Sequence, RowPadding? Padding)
{
    /// <summary>Tells apart versions of the same file; empty where nothing is said.</summary>
    public string Text => $"{(Sequence is null ? "" : $"?{Sequence}")}{(Padding is null ? "" : $"?pad={PaddingRules.Text(Padding)}")}";

    /// <summary>Reads the parameters of an import.</summary>
    /// <exception cref="RefusedException"><c>sequence-invalid, padding-invalid</c>.</exception>
    public static ImportTerms Read(string? sequence, string? pad, string? bucket)
    {
        if (string.IsNullOrEmpty(pad) && !string.IsNullOrEmpty(bucket))
        {
            throw new RefusedException(new("padding-invalid", RefusalKind.Malformed, "Sizes to pad to are given, and no axis to pad along.", "pad", "Name the axis too: pad=length&bucket=32,64."));
        }

        return new(string.IsNullOrEmpty(sequence) ? null : SequenceRules.Text(SequenceRules.Parse(sequence).OrThrow()), string.IsNullOrEmpty(pad) ? null : PaddingRules.Parse(pad, bucket).OrThrow());
    }
}
