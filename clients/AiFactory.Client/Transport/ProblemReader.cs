using System.Net;
using System.Text.Json;
using AiFactory.Domain.Refusals;

namespace AiFactory.Client.Transport;

/// <summary>
/// Reads a refusal out of an unsuccessful answer: RFC 9457 problem details with the members <c>code</c>, <c>where</c> and <c>mend</c>,
/// or the Open Inference Protocol's <c>{"error": "..."}</c>; anything else is quoted.
/// </summary>
internal static class ProblemReader
{
    private const int QuotedCharactersMax = 300;

    public static async Task<Refusal> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        var kind = KindOf(response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        return Parse(text, kind) ?? new Refusal(
            $"http-{(int)response.StatusCode}",
            kind,
            $"The factory answered {(int)response.StatusCode} {response.ReasonPhrase}.",
            response.RequestMessage?.RequestUri?.PathAndQuery,
            text.Length == 0 ? null : text[..Math.Min(text.Length, QuotedCharactersMax)]);
    }

    private static Refusal? Parse(string text, RefusalKind kind)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var problem = document.RootElement;
            if (problem.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var what = Text(problem, "detail") ?? Text(problem, "error") ?? Text(problem, "title");
            return what is null ? null : new Refusal(Text(problem, "code") ?? Code(kind), kind, what, Text(problem, "where"), Text(problem, "mend"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement problem, string member) =>
        problem.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Code(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => "not-found",
        RefusalKind.Unauthenticated => "unauthenticated",
        RefusalKind.TooLarge => "too-large",
        RefusalKind.StorageFull => "storage-full",
        RefusalKind.Unavailable => "unavailable",
        RefusalKind.Throttled => "throttled",
        RefusalKind.Timeout => "timeout",
        RefusalKind.Conflict => "conflict",
        RefusalKind.Malformed => "malformed",
        RefusalKind.Unprocessable => "unprocessable",
        _ => "fault",
    };

    private static RefusalKind KindOf(HttpStatusCode status) => (int)status switch
    {
        401 or 403 => RefusalKind.Unauthenticated,
        404 => RefusalKind.NotFound,
        409 => RefusalKind.Conflict,
        413 => RefusalKind.TooLarge,
        422 => RefusalKind.Unprocessable,
        429 => RefusalKind.Throttled,
        502 or 503 => RefusalKind.Unavailable,
        504 => RefusalKind.Timeout,
        507 => RefusalKind.StorageFull,
        >= 400 and < 500 => RefusalKind.Malformed,
        _ => RefusalKind.Fault,
    };
}
