using System.Net.Http.Headers;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;

namespace AiFactory.Client.Transport;

/// <summary>Sends requests, repeats them while the factory is unavailable, at the next gateway where there are several, and turns its refusals into exceptions.</summary>
internal sealed class FactoryTransport(HttpClient http, IReadOnlyList<Uri> addresses, TimeProvider time)
{
    public const string IdempotencyHeader = "Idempotency-Key";

    private int present;
    private volatile bool answered;

    /// <summary>The gateway asked at present.</summary>
    public Uri Address => addresses[Volatile.Read(ref present)];

    public Task<T> Get<T>(string path, CancellationToken cancellation) => Exchange<T>(new Call(HttpMethod.Get, path), cancellation);

    public Task<T> Delete<T>(string path, CancellationToken cancellation) =>
        Exchange<T>(new Call(HttpMethod.Delete, path) { IdempotencyKey = NewKey() }, cancellation);

    public Task<T> Put<T>(string path, object body, CancellationToken cancellation) =>
        Exchange<T>(new Call(HttpMethod.Put, path) { Content = () => Json(body), IdempotencyKey = NewKey() }, cancellation);

    /// <param name="body">Null: an empty body.</param>
    /// <param name="keyed">Whether a repeat has no second effect.</param>
    public Task<T> Post<T>(string path, object? body, CancellationToken cancellation, string? idempotencyKey = null, IReadOnlyDictionary<string, string>? headers = null, bool keyed = true) =>
        Exchange<T>(
            new Call(HttpMethod.Post, path)
            {
                Content = body is null ? null : () => Json(body),
                IdempotencyKey = keyed ? idempotencyKey ?? NewKey() : null,
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
            throw new FactoryUnreachableException(Address, fault);
        }
    }

    /// <summary>Sends one call and gives its successful answer unread, headers first; the caller disposes of it.</summary>
    /// <exception cref="RefusedException">The factory refused.</exception>
    /// <exception cref="FactoryUnreachableException">Nothing answered.</exception>
    public async Task<HttpResponseMessage> Open(Call call, CancellationToken cancellation)
    {
        var retries = new RetryPolicy(addresses.Count, time, Random.Shared);
        while (true)
        {
            var gateway = Volatile.Read(ref present);
            TimeSpan? pause;
            try
            {
                var response = await SendOnce(call, addresses[gateway], cancellation).ConfigureAwait(false);
                answered = true;
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                using (response)
                {
                    var refusal = await ProblemReader.Read(response, cancellation).ConfigureAwait(false);
                    pause = retries.AfterRefusal(response.StatusCode, refusal, response.Headers.RetryAfter?.Delta);
                    if (pause is null)
                    {
                        throw new RefusedException(refusal);
                    }
                }
            }
            catch (FactoryUnreachableException) when (MayRepeat(call))
            {
                pause = retries.AfterBreak();
                if (pause is null)
                {
                    throw;
                }
            }

            // Whoever came first moves on; others find the next gateway already there.
            Interlocked.CompareExchange(ref present, (gateway + 1) % addresses.Count, gateway);
            await Task.Delay(pause.Value, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a GET is answered with success, without retries; false when nothing answers.</summary>
    public async Task<bool> Succeeds(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendOnce(new Call(HttpMethod.Get, path), Address, cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (FactoryUnreachableException)
        {
            return false;
        }
    }

    public static string NewKey() => Guid.NewGuid().ToString("n");

    // Without a key it may have had its effect. And a factory that is the only one and never answered is not there at all: that is told at once.
    private bool MayRepeat(Call call) => (addresses.Count > 1 || answered) && (call.Method == HttpMethod.Get || call.IdempotencyKey is not null);

    private async Task<HttpResponseMessage> SendOnce(Call call, Uri address, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(call.Method, new Uri(address, call.Path)) { Content = call.Content?.Invoke() };
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
            throw new FactoryUnreachableException(address, fault);
        }
    }

    private static ByteArrayContent Json(object body) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), FactoryJson.Options))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };

    private RefusedException Unintelligible(Call call, string why, Exception? inner = null) =>
        new(
            new Refusal("answer-unintelligible", RefusalKind.Fault, $"The answer to {call.Method} {call.Path} cannot be read: {why}", Address.ToString(),
                "Check that the address is a factory's, and of the same version as this client."),
            inner);
}
