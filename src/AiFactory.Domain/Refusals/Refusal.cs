namespace AiFactory.Domain.Refusals;

/// <summary>How a refusal is answered over HTTP; the status code stands beside each kind.</summary>
public enum RefusalKind
{
    /// <summary>400: the request cannot be understood.</summary>
    Malformed,

    /// <summary>401: no valid API key.</summary>
    Unauthenticated,

    /// <summary>404: the named thing does not exist.</summary>
    NotFound,

    /// <summary>409: it contradicts what is already there.</summary>
    Conflict,

    /// <summary>413: over a stated limit.</summary>
    TooLarge,

    /// <summary>422: understood, and against a rule.</summary>
    Unprocessable,

    /// <summary>429: more than the caller may have at once.</summary>
    Throttled,

    /// <summary>503: not now; worth another try.</summary>
    Unavailable,

    /// <summary>507: no room left to keep what was sent.</summary>
    StorageFull,

    /// <summary>500: our fault.</summary>
    Fault,

    /// <summary>504: the caller's deadline passed first.</summary>
    Timeout,
}

/// <summary>A named "no": what is wrong, where, and how to mend it.</summary>
/// <param name="Code">Stable identifier in kebab-case, e.g. <c>dataset-not-found</c>; clients branch on it.</param>
/// <param name="Kind">How it is answered.</param>
/// <param name="What">What is wrong, one sentence.</param>
/// <param name="Where">The thing, field, line or row it is about.</param>
/// <param name="Mend">What the caller can do about it.</param>
public sealed record Refusal(string Code, RefusalKind Kind, string What, string? Where = null, string? Mend = null)
{
    public override string ToString() =>
        string.Join(' ', new[] { What, Where is null ? null : $"({Where})", Mend }.Where(part => part is not null));
}
