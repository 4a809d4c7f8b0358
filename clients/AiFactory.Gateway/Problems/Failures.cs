using System.Text.Json;
using AiFactory.Domain.Refusals;
using Microsoft.AspNetCore.Http;

namespace AiFactory.Gateway.Problems;

/// <summary>What an exception means to the caller.</summary>
internal static class Failures
{
    // How the serializer words what it cannot take; its words name types of the program, which say nothing to a caller.
    private const string Unmapped = "The JSON property '";
    private const string Unconverted = "The JSON value could not be converted to ";

    public const string UnsupportedContentType = "content-type-unsupported";

    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>Key under which <see cref="HttpContext.Items"/> holds the methods that a path takes.</summary>
    public static readonly object AllowItem = new();

    /// <summary>Whether another replica, or the same a moment later, may well answer.</summary>
    public static bool IsUnavailable(Exception failure) => failure switch
    {
        RefusedException refused => refused.Refusal.Kind is RefusalKind.Unavailable or RefusalKind.Throttled,
        OrleansException { InnerException: RefusedException refused } => IsUnavailable(refused),
        SiloUnavailableException or OrleansMessageRejectionException or TimeoutException or Orleans.Runtime.Messaging.ConnectionFailedException => true,
        // No silo is up that has such grains.
        ArgumentException { TargetSite.DeclaringType.Name: "GrainInterfaceTypeToGrainTypeResolver" } => true,
        _ => false,
    };

    /// <summary>Whether a silo failed or is being replaced, so that the same call may do better in a moment.</summary>
    public static bool IsFailover(Exception failure) => failure is SiloUnavailableException or OrleansMessageRejectionException or Orleans.Runtime.Messaging.ConnectionFailedException
        or Orleans.Storage.InconsistentStateException or ClientNotAvailableException || IsStore(failure);

    // The exception of a database driver that this process may not even have.
    private static bool IsStore(Exception failure) => failure is System.Data.Common.DbException
        || failure is Orleans.Serialization.UnavailableExceptionFallbackException { ExceptionType: { } type } && type.Contains("Npgsql", StringComparison.Ordinal);

    /// <summary>Whether the request asked for what cannot be, so that no variant is to blame.</summary>
    public static bool IsCallers(Exception? failure) => failure is RefusedException
    {
        Refusal.Kind: RefusalKind.Malformed or RefusalKind.Unauthenticated or RefusalKind.TooLarge or RefusalKind.Unprocessable or RefusalKind.Throttled
    };

    public static Refusal ToRefusal(Exception failure, string traceId) => failure switch
    {
        RefusedException refused => refused.Refusal,
        // The runtime wraps what a grain's storage says.
        OrleansException { InnerException: RefusedException refused } => refused.Refusal,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large =>
            new("body-too-large", RefusalKind.TooLarge, large.Message, "body", "Send a smaller body."),
        BadHttpRequestException malformed => new("request-malformed", RefusalKind.Malformed, malformed.Message, "request", "See /openapi/v1.json for what this route takes."),
        JsonException json => MalformedJson(json),
        _ when IsUnavailable(failure) || IsFailover(failure) => new("silo-unavailable", RefusalKind.Unavailable, "The part of the factory that answers this is not reachable at present.",
            null, "Try again in a second; the factory moves its work to the silos that are left."),
        _ => new("fault", RefusalKind.Fault, "The factory failed to answer; this is its fault, not the request's.", traceId,
            "Look for this trace id in the silo's log, and report it."),
    };

    /// <summary>A refusal that names line and byte, both from 1.</summary>
    public static Refusal MalformedJson(JsonException failure)
    {
        var reason = failure.Message;
        if (reason.StartsWith(Unmapped, StringComparison.Ordinal) && reason.IndexOf('\'', Unmapped.Length) is > 0 and var end)
        {
            return new("field-unknown", RefusalKind.Malformed, $"There is no field '{reason[Unmapped.Length..end]}' here.", Where(failure),
                "Mend its spelling, or leave it out; /openapi/v1.json says what this route takes.");
        }

        if (reason.StartsWith(Unconverted, StringComparison.Ordinal))
        {
            return new("json-malformed", RefusalKind.Malformed, "The body is not the JSON expected: a value is of the wrong kind.", Where(failure),
                "Send a value of the kind that this field takes; /openapi/v1.json says which.");
        }

        var cut = reason.IndexOf(" Path:", StringComparison.Ordinal);
        cut = cut < 0 ? reason.IndexOf(" LineNumber:", StringComparison.Ordinal) : cut;
        var what = $"The body is not the JSON expected: {(cut < 0 ? reason : reason[..cut])}";
        return new("json-malformed", RefusalKind.Malformed, what, Where(failure), "Send one well-formed JSON value in UTF-8.");
    }

    private static string Where(JsonException failure)
    {
        var where = failure.LineNumber is { } line ? $"line {line + 1}, byte {(failure.BytePositionInLine ?? 0) + 1}" : "body";
        return failure.Path is { Length: > 0 } path ? $"{where}, {path}" : where;
    }

    /// <summary>A string of the body is no text: bytes that are not UTF-8, or half of a surrogate pair.</summary>
    public static RefusedException InvalidText(InvalidOperationException failure) =>
        new(new("json-malformed", RefusalKind.Malformed, "The body holds a string that is not valid Unicode text.", "body", "Send one well-formed JSON value in UTF-8."), failure);

    public static int Status(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Malformed when refusal.Code == UnsupportedContentType => StatusCodes.Status415UnsupportedMediaType,
        RefusalKind.Malformed when refusal.Code == MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        RefusalKind.Malformed => StatusCodes.Status400BadRequest,
        RefusalKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        RefusalKind.Unprocessable => StatusCodes.Status422UnprocessableEntity,
        RefusalKind.Throttled => StatusCodes.Status429TooManyRequests,
        RefusalKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        RefusalKind.StorageFull => StatusCodes.Status507InsufficientStorage,
        RefusalKind.Timeout => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
