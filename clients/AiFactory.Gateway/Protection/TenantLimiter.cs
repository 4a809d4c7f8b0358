using System.Collections.Frozen;
using AiFactory.Domain.Tenants;

namespace AiFactory.Gateway.Protection;

/// <summary>The gates of the tenants that have limits. Each gateway grants a tenant's limits in full.</summary>
internal sealed class TenantLimiter(TimeProvider time)
{
    // Null while no tenant has limits: then a request pays for one read.
    private volatile FrozenDictionary<string, TenantGate>? _gates;

    /// <summary>The tenant's gate; null: it has no limits.</summary>
    public TenantGate? Find(string tenant) => _gates is { } gates ? gates.GetValueOrDefault(tenant) : null;

    /// <summary>Takes over the limits as they are now. Gates that stay keep their tokens and whom they let in.</summary>
    public void Follow(IReadOnlyDictionary<string, TenantLimits> limits)
    {
        var (present, next) = (_gates, new Dictionary<string, TenantGate>(StringComparer.Ordinal));
        foreach (var (tenant, own) in limits)
        {
            if (own != TenantLimits.None)
            {
                var gate = present?.GetValueOrDefault(tenant) ?? new TenantGate(tenant, time);
                gate.Limits = own;
                next.Add(tenant, gate);
            }
        }

        _gates = next.Count == 0 ? null : next.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
