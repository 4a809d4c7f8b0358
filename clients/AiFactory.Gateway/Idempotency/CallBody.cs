using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Gateway.Requests;
using Microsoft.AspNetCore.Http;

namespace AiFactory.Gateway.Idempotency;

/// <summary>The body of a call with an idempotency key: held in memory, so that the call may be tried again, but for files, which pass through.</summary>
internal sealed class CallBody
{
    private readonly byte[]? _bytes;

    private CallBody(byte[]? bytes, string fingerprint) => (_bytes, Fingerprint) = (bytes, fingerprint);

    /// <summary>Of method, path, query and body; of a file's body its type and length, since it is read once.</summary>
    public string Fingerprint { get; }

    /// <summary>Whether the handler may be run more than once.</summary>
    public bool Repeatable => _bytes is not null;

    /// <exception cref="Domain.Refusals.RefusedException"><c>body-too-large</c>.</exception>
    public static async Task<CallBody> Read(HttpContext context, long bytesMax, bool always)
    {
        var request = context.Request;
        if (!always && request.ContentLength is not (null or 0) && !RequestBody.IsType(request.ContentType, "application/json"))
        {
            var type = request.ContentType?.Split(';')[0];
            return new(null, Print(context, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{type} {request.ContentLength}"))));
        }

        if (!always && request.ContentLength is null && request.ContentType is not null && !RequestBody.IsType(request.ContentType, "application/json"))
        {
            return new(null, Print(context, Encoding.UTF8.GetBytes(request.ContentType.Split(';')[0])));
        }

        var read = await RequestBody.ReadWhole(context, bytesMax);
        var bytes = read.ToArray();
        request.BodyReader.AdvanceTo(read.End);
        return new(bytes, Print(context, bytes));
    }

    /// <summary>Lets the handler read the body from its start.</summary>
    public void Rewind(HttpContext context)
    {
        if (_bytes is not null)
        {
            context.Request.Body = new MemoryStream(_bytes, writable: false);
        }
    }

    /// <summary>As of a call over HTTP, for one that has no body there.</summary>
    public static string Print(HttpContext context, ReadOnlySpan<byte> body)
    {
        var request = context.Request;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
