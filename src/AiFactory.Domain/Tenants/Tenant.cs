namespace AiFactory.Domain.Tenants;

/// <summary>Who owns datasets, models, endpoints and their cost. First part of every grain key.</summary>
/// <param name="Name">See <see cref="ResourceName"/>.</param>
/// <param name="ApiKeyHashes">Lower-case hex SHA-256 of each API key; the keys themselves are never kept.</param>
/// <param name="Limits">Null: none.</param>
/// <param name="Issued">The latest keys made by named creations, oldest first; null: there are none.</param>
public sealed record Tenant(string Name, IReadOnlyList<string> ApiKeyHashes, DateTimeOffset CreatedAt, TenantLimits? Limits = null, IReadOnlyList<IssuedKey>? Issued = null)
{
    /// <summary>The tenant of a caller on loopback that names none.</summary>
    public const string Default = "default";
}

/// <summary>Which API key a named creation made.</summary>
public sealed record IssuedKey(string Operation, string ApiKeyHash);
