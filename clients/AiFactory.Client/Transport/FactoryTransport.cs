using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;

namespace AiFactory.Client.Transport;

/// <summary>Sends requests, repeats them while the factory is unavailable, and turns its refusals into exceptions.</summary>
internal sealed class FactoryTransport(HttpClient http, TimeProvider time)
{
    public const string IdempotencyHeader = "Idempotency-Key";

    // Doubling: 6.2 s in all, longer than a killed silo takes to leave the membership.
    private static readonly TimeSpan[] RetryDelays = [.. Enumerable.Range(0, 5).Select(i => TimeSpan.FromMilliseconds(200 << i))];

    public Task<T> Get<T>(string path, CancellationToken cancellation) => Exchange<T>(new Call(HttpMethod.Get, path), cancellation);

    public Task<T> Delete<T>(string path, CancellationToken cancellation) =>
        Exchange<T>(new Call(HttpMethod.Delete, path) { IdempotencyKey = NewKey() }, cancellation);

    public Task<T> Put<T>(string path, object body, CancellationToken cancellation) =>
        Exchange<T>(new Call(HttpMethod.Put, path) { Content = () => Json(body), IdempotencyKey = NewKey() }, cancellation);

    /// <param name="body">Null: an empty body.</param>
    public Task<T> Post<T>(string path, object? body, CancellationToken cancellation, string? idempotencyKey = null, IReadOnlyDictionary<string, string>? headers = null) =>
        Exchange<T>(
            new Call(HttpMethod.Post, path)
            {
                Content = body is null ? null : () => Json(body),
                IdempotencyKey = idempotencyKey ?? NewKey(),
                Headers = headers,
            },
            cancellation);

    /// <summary>Sends one call and reads its JSON answer.</summary>
    public async Task<T> Exchange<T>(Call call, CancellationToken cancellation)
    {
        using var response = await Open(call, cancellation).ConfigureAwait(false);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await JsonSerializer.DeserializeAsync<T>(stream, FactoryJson.Options, cancellation).ConfigureAwait(false)
                    ?? throw Unintelligible(call, "an empty body");
            }
        }
        catch (JsonException fault)
        {
            throw Unintelligible(call, fault.Message, fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new FactoryUnreachableException(http.BaseAddress!, fault);
        }
    }

    /// <summary>Sends one call and gives its successful answer unread, headers first; the caller disposes of it.</summary>
    /// <exception cref="RefusedException">The factory refused.</exception>
    /// <exception cref="FactoryUnreachableException">Nothing answered.</exception>
    public async Task<HttpResponseMessage> Open(Call call, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var response = await SendOnce(call, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == RetryDelays.Length)
                {
                    throw new RefusedException(await ProblemReader.Read(response, cancellation).ConfigureAwait(false));
                }

                var delay = response.Headers.RetryAfter?.Delta is { } asked && asked < RetryDelays[^1] ? asked : RetryDelays[attempt];
                await Task.Delay(delay, time, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether a GET is answered with success, without retries; false when nothing answers.</summary>
    public async Task<bool> Succeeds(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendOnce(new Call(HttpMethod.Get, path), cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (FactoryUnreachableException)
        {
            return false;
        }
    }

    public static string NewKey() => Guid.NewGuid().ToString("n");

    private async Task<HttpResponseMessage> SendOnce(Call call, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(call.Method, call.Path) { Content = call.Content?.Invoke() };
        if (call.IdempotencyKey is { } key)
        {
            request.Headers.Add(IdempotencyHeader, key);
        }

        foreach (var (name, value) in call.Headers ?? new Dictionary<string, string>())
        {
            request.Headers.Add(name, value);
        }

        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(call.Accept));
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException fault)
        {
            throw new FactoryUnreachableException(http.BaseAddress!, fault);
        }
    }

    private static ByteArrayContent Json(object body) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), FactoryJson.Options))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };

    private RefusedException Unintelligible(Call call, string why, Exception? inner = null) =>
        new(
            new Refusal("answer-unintelligible", RefusalKind.Fault, $"The answer to {call.Method} {call.Path} cannot be read: {why}", http.BaseAddress!.ToString(),
                "Check that the address is a factory's, and of the same version as this client."),
            inner);
}
