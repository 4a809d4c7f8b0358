using System.Net;
using System.Text.Json;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>An HTTP answer, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, string? MediaType, byte[] Bytes)
{
    /// <summary>Whether it says when to come again.</summary>
    public bool RetryAfter { get; init; }

    /// <summary>Whether its connection ends with it.</summary>
    public bool Closes { get; init; }

    public string Text => System.Text.Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Bytes);

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Shown}");
        return this;
    }

    public Answer ExpectSuccess()
    {
        Assert.True((int)Status is >= 200 and < 300, $"Expected success, got {(int)Status}: {Shown}");
        return this;
    }

    /// <summary>An RFC 9457 problem that names its code and says what to do about it.</summary>
    public Complaint ExpectProblem(HttpStatusCode status, params string[] codes)
    {
        Expect(status);
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal((int)status, Json.Long("status"));
        return Complaint.Read(Json, "detail").ExpectCode(codes);
    }

    private string Shown => Text.Length > 2000 ? Text[..2000] : Text;
}

/// <summary>A refusal as a user reads it.</summary>
internal sealed record Complaint(string Code, string What, string Where, string Mend)
{
    public static Complaint Read(JsonElement refusal, string whatMember)
    {
        var what = refusal.Text(whatMember);
        Assert.False(string.IsNullOrWhiteSpace(what));
        Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", refusal.Text("code"));
        return new(refusal.Text("code"), what, refusal.Has("where") ? refusal.Text("where") : "", refusal.Has("mend") ? refusal.Text("mend") : "");
    }

    public Complaint ExpectCode(params string[] codes)
    {
        Assert.True(codes.Length == 0 || codes.Contains(Code), $"Expected {string.Join(" or ", codes)}, got {this}.");
        return this;
    }

    /// <summary>The user is told what is at fault and what to do.</summary>
    public Complaint ExpectMention(string text)
    {
        Assert.Contains(text, ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.False(string.IsNullOrWhiteSpace(Mend), $"No way to mend it: {this}.");
        return this;
    }
}
