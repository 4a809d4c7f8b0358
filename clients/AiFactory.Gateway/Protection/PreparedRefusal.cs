using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AiFactory.Gateway.Protection;

/// <summary>A refusal that thousands of requests may get in a second: its bodies are made once, and giving it writes bytes and nothing else.</summary>
internal sealed class PreparedRefusal
{
    private static readonly string[] Seconds = [.. Enumerable.Range(0, 61).Select(seconds => seconds.ToString(CultureInfo.InvariantCulture))];

    private readonly int _status;
    private readonly byte[] _problem;
    private readonly byte[] _inferenceError;

    public PreparedRefusal(Refusal refusal)
    {
        Refusal = refusal;
        _status = Failures.Status(refusal);
        var problem = new Problem("about:blank", ReasonPhrases.GetReasonPhrase(_status), _status, refusal.What, refusal.Code, refusal.Where, refusal.Mend, null);
        _problem = JsonSerializer.SerializeToUtf8Bytes(problem, FactoryJson.Options);
        _inferenceError = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error"] = refusal.ToString() }, FactoryJson.Options);
    }

    public Refusal Refusal { get; }

    /// <summary>Answers with it: as a problem, or as the Open Inference Protocol wants it.</summary>
    /// <param name="retryAfterSeconds">0: no such header.</param>
    public async ValueTask Write(HttpContext context, bool inference, int retryAfterSeconds)
    {
        var (response, body) = (context.Response, inference ? _inferenceError : _problem);
        response.StatusCode = _status;
        response.ContentType = inference ? "application/json" : "application/problem+json";
        response.ContentLength = body.Length;
        if (retryAfterSeconds > 0)
        {
            response.Headers.RetryAfter = retryAfterSeconds < Seconds.Length ? Seconds[retryAfterSeconds] : retryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        await response.BodyWriter.WriteAsync(body);
    }
}
