using AiFactory.Client.Transport;

namespace AiFactory.Client.Tenants;

/// <summary>The caller's own tenant.</summary>
public sealed class TenantClient
{
    private readonly FactoryTransport transport;

    internal TenantClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Issues a further API key. The factory keeps only its hash: it is shown this once.</summary>
    public async Task<string> IssueApiKey(CancellationToken cancellation = default) =>
        (await transport.Post<IssuedApiKey>("v1/tenant/api-keys", null, cancellation).ConfigureAwait(false)).ApiKey;

    private sealed record IssuedApiKey(string ApiKey);
}
