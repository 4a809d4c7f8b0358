using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Domain.Tenants;
using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Requests;

/// <summary>What control routes ask of a request.</summary>
internal static class RequestArguments
{
    /// <summary>The caller's tenant; known on every guarded route.</summary>
    public static string Tenant(this HttpContext context) => (string)context.Items[Edge.TenantItem]!;

    /// <summary>The body as one JSON value, every field of which is known: a misspelt one would otherwise count as left out.</summary>
    /// <exception cref="RefusedException"><c>json-malformed, field-unknown, body-too-large, content-type-unsupported</c>.</exception>
    public static async Task<T> ReadJson<T>(this HttpContext context)
    {
        RequestBody.RequireJson(context);
        var body = await RequestBody.ReadWhole(context, context.RequestServices.GetRequiredService<IOptions<GatewayOptions>>().Value.ControlBytesMax);
        try
        {
            using var contiguous = new ContiguousBody(body);
            return JsonSerializer.Deserialize<T>(contiguous.Span, FactoryJson.Strict)
                ?? throw new RefusedException(new("json-malformed", RefusalKind.Malformed, "The body is null.", "body", "Send a JSON value."));
        }
        catch (JsonException failure)
        {
            throw new RefusedException(Failures.MalformedJson(failure), failure);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    /// <summary>The caller's Idempotency-Key as a name of what the call makes or does, or null.</summary>
    /// <exception cref="RefusedException"><c>idempotency-key-invalid</c>.</exception>
    public static string? IdempotencyKey(this HttpContext context)
    {
        var values = context.Request.Headers["Idempotency-Key"];
        if (values.Count == 0)
        {
            return null;
        }

        return Domain.Idempotency.IdempotencyKey.Name(Domain.Idempotency.IdempotencyKey.Check(values.ToString()).OrThrow());
    }

    /// <summary>A name out of the path.</summary>
    /// <exception cref="RefusedException"><c>name-invalid</c>.</exception>
    public static string Name(string noun, string? name) => ResourceName.Check(noun, name).OrThrow();

    /// <summary>A version out of the path: its number, or null for <c>latest</c>.</summary>
    /// <exception cref="RefusedException"><c>version-malformed</c>.</exception>
    public static int? Version(string text) =>
        text == "latest" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 ? version
        : throw new RefusedException(new("version-malformed", RefusalKind.Malformed, $"'{text}' is not a version.", "version", "Use a number of 1 or more, or 'latest'."));

    /// <exception cref="RefusedException"><c>field-missing</c>.</exception>
    public static T Required<T>(T? value, string field)
        where T : class =>
        value ?? throw new RefusedException(new("field-missing", RefusalKind.Malformed, $"The field '{field}' is missing.", field, $"Send '{field}'."));
}
