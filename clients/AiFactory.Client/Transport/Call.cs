namespace AiFactory.Client.Transport;

/// <summary>One request, described so that it can be sent again.</summary>
/// <param name="Path">Relative to the factory's address, already escaped.</param>
internal sealed record Call(HttpMethod Method, string Path)
{
    /// <summary>Makes the body anew for each attempt; null: none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>The same for every attempt; null for calls that change nothing.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Further headers; null: none.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public string Accept { get; init; } = "application/json";

    /// <summary>Escapes one path segment or query value.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text);
}
