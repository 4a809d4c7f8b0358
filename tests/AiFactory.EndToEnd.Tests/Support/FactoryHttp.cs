using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>Plain HTTP calls, written from the published contract and not through the product's own client, so that they judge the protocol.</summary>
internal sealed class FactoryHttp(Uri url) : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(120) };

    public Uri Url => url;

    public Task<Answer> Get(string path, CancellationToken cancellation) => Send(HttpMethod.Get, path, null, cancellation);

    public Task<Answer> Delete(string path, CancellationToken cancellation) => Send(HttpMethod.Delete, path, null, cancellation);

    public Task<Answer> Post(string path, object body, CancellationToken cancellation, string? idempotencyKey = null) =>
        Send(HttpMethod.Post, path, Json(JsonSerializer.Serialize(body, Web)), cancellation, idempotencyKey);

    public Task<Answer> Put(string path, object body, CancellationToken cancellation) =>
        Send(HttpMethod.Put, path, Json(JsonSerializer.Serialize(body, Web)), cancellation);

    /// <summary>Sends text that need not be JSON at all.</summary>
    public Task<Answer> PostText(string path, string body, CancellationToken cancellation) => Send(HttpMethod.Post, path, Json(body), cancellation);

    public Task<Answer> PostBytes(string path, byte[] body, string mediaType, CancellationToken cancellation)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new(mediaType);
        return Send(HttpMethod.Post, path, content, cancellation);
    }

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await Send(request, cancellation);
    }

    public async Task<Answer> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        // A refusal may come before the whole body has left; asking first lets it arrive.
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength > 1_000_000;
        using var response = await _client.SendAsync(request, cancellation);
        return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(cancellation))
        {
            RetryAfter = response.Headers.RetryAfter is not null,
            Closes = response.Headers.ConnectionClose ?? false,
        };
    }

    public void Dispose() => _client.Dispose();

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
