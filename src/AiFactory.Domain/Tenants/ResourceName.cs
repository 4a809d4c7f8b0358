using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Tenants;

/// <summary>The rule for every name a user gives: tenants, datasets, models, endpoints, variants.</summary>
public static class ResourceName
{
    public const int LengthMax = 63;

    /// <summary>Lower-case letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, beginning with a letter or digit, at most 63 characters.</summary>
    public static Ruling<string> Check(string noun, string? name)
    {
        var valid = name is { Length: > 0 and <= LengthMax }
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
        return valid
            ? name!
            : new Refusal("name-invalid", RefusalKind.Malformed, $"'{name}' is not a valid {noun} name.", noun,
                $"Use lower-case letters, digits, '-', '_' and '.', at most {LengthMax} characters, beginning with a letter or digit.");
    }
}
