using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Idempotency;

/// <summary>Grain key of one of the shards that a tenant's idempotency keys are spread over: <c>tenant/shard</c>.</summary>
public readonly record struct KeyedCallsKey(string Tenant, int Shard)
{
    /// <summary>So many that a shard, which is written whole, holds few keys.</summary>
    public const int Shards = 4096;

    /// <summary>The shard that holds a key; the same for every gateway.</summary>
    public static KeyedCallsKey Of(string tenant, string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return new(tenant, ((hash[0] << 8) | hash[1]) % Shards);
    }

    public string ToGrainKey() => string.Create(CultureInfo.InvariantCulture, $"{Tenant}/{Shard}");
}

/// <summary>A place in a decision log.</summary>
/// <param name="Log">The log's name.</param>
/// <param name="From">Address that every record made for the call is at or after.</param>
public sealed record LogPlace(string Log, long From);

/// <summary>What the first call with a key was answered.</summary>
/// <param name="Headers">Of the answer, those that belong to its content.</param>
public sealed record KeptAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A call with an idempotency key, under way or answered.</summary>
/// <param name="Fingerprint">Of method, path and body; a call with another one is another call.</param>
/// <param name="At">When the key came first.</param>
/// <param name="Holder">Who is at work on it; empty: nobody.</param>
/// <param name="Logs">Where decisions made for it may be recorded, by whoever was at work on it.</param>
/// <param name="Answer">Null: there is none yet.</param>
public sealed record KeyedCall(string Key, string Fingerprint, DateTimeOffset At, string Holder, IReadOnlyList<LogPlace> Logs, KeptAnswer? Answer = null);

/// <summary>What a caller that brings a key is to do.</summary>
/// <param name="Answer">Give this again; null: do the work, it is yours.</param>
/// <param name="Earlier">Where decisions may be recorded already by those who began it before and did not answer.</param>
public sealed record ClaimedCall(KeptAnswer? Answer, IReadOnlyList<LogPlace> Earlier);

/// <summary>Forms of keys.</summary>
public static class IdempotencyKey
{
    public const int LengthMax = 255;

    private const int HexCharacters = 32;

    /// <summary>1 to 255 visible ASCII characters; the quotation marks of a structured field's string are taken off.</summary>
    public static Refusals.Ruling<string> Check(string? text)
    {
        var key = text is ['"', .. var inner, '"'] ? inner : text;
        return key is { Length: > 0 and <= LengthMax } && key.All(c => c is > ' ' and < '\x7f')
            ? key
            : new Refusals.Refusal("idempotency-key-invalid", Refusals.RefusalKind.Malformed, "The Idempotency-Key is not valid.", "Idempotency-Key",
                $"Use 1 to {LengthMax} visible ASCII characters without spaces, e.g. a UUID.");
    }

    /// <summary>What things made by the call are named: the key itself where it may be a name, else a digest of it.</summary>
    public static string Name(string key) => ResourceName.Check("key", key).Granted ? key : $"k-{Digest(key)}";

    /// <summary>A name that no other tenant's key has, of letters and digits.</summary>
    public static string RequestId(string tenant, string key) => $"k{Digest($"{tenant}/{key}")}";

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HexCharacters];
}
