namespace AiFactory.Domain.Datasets;

/// <summary>Why a row is in quarantine: the values of <see cref="QuarantinedRow.Reason"/>.</summary>
public static class QuarantineReason
{
    /// <summary>The text is no value of the column's type. NaN and infinities are no numbers.</summary>
    public const string WrongType = "wrong-type";

    /// <summary>A required column is empty.</summary>
    public const string Missing = "missing";

    /// <summary>Below the minimum or above the maximum.</summary>
    public const string OutOfRange = "out-of-range";

    /// <summary>None of the allowed values.</summary>
    public const string NotAllowed = "not-allowed";

    /// <summary>An earlier good row has this value in a unique column.</summary>
    public const string DuplicateKey = "duplicate-key";

    /// <summary>More or fewer fields than the header. Such a row has no other fault, since its fields belong to no column for certain.</summary>
    public const string WrongFieldCount = "wrong-field-count";

    /// <summary>Text between a closing quote and the next separator. Such a row has no other fault either.</summary>
    public const string StrayQuote = "stray-quote";
}
