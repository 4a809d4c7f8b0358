using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Gateway.Protection;
using AiFactory.Grains.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Access;

/// <summary>Whose key it is: a snapshot of all keys' hashes, and with it of the tenants' limits, read again every few seconds and when an unknown key turns up.</summary>
internal sealed partial class ApiKeyDirectory(
    IGrainFactory grains, IOptions<GatewayOptions> options, TenantLimiter limiter, TimeProvider time, ILogger<ApiKeyDirectory> logger)
    : BackgroundService
{
    private const int KeyCharactersMax = 256;
    private const int KnownMax = 4096;
    private const string Scheme = "Bearer ";

    /// <summary>Unknown keys make the directory be read at most this often a period, so that guessing does not load the factory.</summary>
    private const int ExtraRefreshesMax = 10;

    private readonly bool _required = options.Value.RequireApiKey;
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private volatile FrozenDictionary<KeyHash, string>? _tenants;

    // Header values found good, so that no request hashes a key that another one brought before. Dropped with the snapshot they were found in.
    private volatile ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _extraRefreshes = ExtraRefreshesMax;

    /// <summary>Whether the keys have been read at least once.</summary>
    public bool Ready => _tenants is not null;

    /// <summary>The caller's tenant, or null when its key is not known so far.</summary>
    /// <exception cref="RefusedException"><c>api-key-missing</c>.</exception>
    public string? Authenticate(IHeaderDictionary headers)
    {
        var sent = headers.Authorization is { Count: 1 } authorization ? authorization[0] : null;
        var remembered = _known;
        if (sent is not null && remembered.TryGetValue(sent, out var known))
        {
            return known;
        }

        if (KeyOf(headers) is not { } key)
        {
            return _required
                ? throw new RefusedException(new("api-key-missing", RefusalKind.Unauthenticated, "The request carries no API key.", "Authorization",
                    "Send 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."))
                : Tenant.Default;
        }

        var tenant = Find(key);
        if (tenant is not null && sent is not null && remembered.Count < KnownMax)
        {
            remembered[sent] = tenant;
        }

        return tenant;
    }

    /// <summary>As <see cref="Authenticate"/>, after reading the keys again: the key may be newer than the snapshot.</summary>
    /// <exception cref="RefusedException"><c>api-key-unknown</c>.</exception>
    public async Task<string> AuthenticateAnew(IHeaderDictionary headers)
    {
        if (_tenants is null || Interlocked.Decrement(ref _extraRefreshes) >= 0)
        {
            await Refresh();
        }

        return Find(KeyOf(headers)!) ?? throw new RefusedException(new("api-key-unknown", RefusalKind.Unauthenticated, "The API key is not valid.", "Authorization",
            "Check the key, or make a new one with POST /v1/tenant/api-keys."));
    }

    /// <summary>Reads all keys.</summary>
    public async Task Refresh()
    {
        await _refreshing.WaitAsync();
        try
        {
            var directory = grains.GetGrain<IApiKeyDirectoryGrain>("all");
            var listed = await directory.List();
            var tenants = new Dictionary<KeyHash, string>(listed.Count);
            foreach (var (hash, tenant) in listed)
            {
                tenants[KeyHash.FromHex(hash)] = tenant;
            }

            // In this order: what is remembered in the new memory was found in the new snapshot.
            _tenants = tenants.ToFrozenDictionary();
            _known = new(StringComparer.Ordinal);
            limiter.Follow(await directory.Limits());
        }
        finally
        {
            _refreshing.Release();
        }
    }

    public override void Dispose()
    {
        _refreshing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.Value.ApiKeyRefreshPeriod, time);
        do
        {
            try
            {
                await Refresh();
                Volatile.Write(ref _extraRefreshes, ExtraRefreshesMax);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogRefreshFailed(logger, failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static string? KeyOf(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        if (authorization.Count > 0)
        {
            var value = authorization[0];
            return value is not null && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..] : "";
        }

        var key = headers["X-API-Key"];
        return key.Count > 0 ? key[0] ?? "" : null;
    }

    private string? Find(string key)
    {
        if (_tenants is not { } tenants || key.Length is 0 or > KeyCharactersMax)
        {
            return null;
        }

        Span<byte> utf8 = stackalloc byte[KeyCharactersMax * 3];
        var length = Encoding.UTF8.GetBytes(key.AsSpan().Trim(), utf8);
        return tenants.GetValueOrDefault(KeyHash.Of(utf8[..length]));
    }

    /// <summary>A SHA-256 digest as a dictionary key. Keys are random, so lookup time tells nothing of them.</summary>
    private readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
    {
        public static KeyHash Of(ReadOnlySpan<byte> key)
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(key, digest);
            return MemoryMarshal.Read<KeyHash>(digest);
        }

        public static KeyHash FromHex(string hex) => MemoryMarshal.Read<KeyHash>(Convert.FromHexString(hex));
    }
}
