using AiFactory.Client.Transport;
using AiFactory.Domain.Tenants;

namespace AiFactory.Client.Tenants;

/// <summary>The caller's own tenant.</summary>
public sealed class TenantClient
{
    private readonly FactoryTransport transport;

    internal TenantClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Issues a further API key. The factory keeps only its hash: it is shown this once.</summary>
    public async Task<string> IssueApiKey(CancellationToken cancellation = default) =>
        (await transport.Post<IssuedApiKey>("v1/tenant/api-keys", null, cancellation).ConfigureAwait(false)).ApiKey;

    /// <summary>What the tenant may ask of each gateway.</summary>
    public Task<TenantLimits> Limits(CancellationToken cancellation = default) => transport.Get<TenantLimits>("v1/tenant/limits", cancellation);

    /// <summary>Replaces the limits; <see cref="TenantLimits.None"/> takes them away. Other gateways follow within seconds.</summary>
    public Task<TenantLimits> SetLimits(TenantLimits limits, CancellationToken cancellation = default) => transport.Put<TenantLimits>("v1/tenant/limits", limits, cancellation);

    private sealed record IssuedApiKey(string ApiKey);
}
