using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Decisions;

/// <summary>
/// A decision's name is its place: the log that holds it and the address of its record there, so that finding it needs no index.
/// Written <c>LOG-ADDRESS</c>, e.g. <c>silo-1-00000000002f40</c>, the address in 14 hex digits.
/// </summary>
/// <param name="Log">Name of the silo whose log holds the record.</param>
/// <param name="Address">Byte address of the record in that log.</param>
public readonly record struct DecisionId(string Log, long Address)
{
    private const int AddressDigits = 14;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Log}-{Address:x14}");

    public static Ruling<DecisionId> Parse(string text) =>
        text.Length > AddressDigits + 1 && text[^(AddressDigits + 1)] == '-'
        && long.TryParse(text.AsSpan(text.Length - AddressDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? new DecisionId(text[..^(AddressDigits + 1)], address)
            : new Refusal("decision-id-malformed", RefusalKind.Malformed, $"'{text}' is not a decision id.", "decision id",
                "Use the id that came with the decision, e.g. silo-1-00000000002f40.");
}
