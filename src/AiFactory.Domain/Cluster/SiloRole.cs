namespace AiFactory.Domain.Cluster;

/// <summary>What a process of a cluster does.</summary>
public enum SiloRole
{
    /// <summary>Grains of the control plane may live on it.</summary>
    Control,

    /// <summary>Its devices compute.</summary>
    Worker,

    /// <summary>It serves HTTP and gRPC.</summary>
    Gateway,
}

/// <summary>Roles as people write them.</summary>
public static class SiloRoles
{
    /// <summary>Stands for every role.</summary>
    public const string All = "all";

    /// <summary>How many roles there are.</summary>
    public static int Count { get; } = Enum.GetValues<SiloRole>().Length;

    /// <summary>Reads names with commas between them, or <see cref="All"/>; each once, in the order of <see cref="SiloRole"/>. Null: some name is no role.</summary>
    public static IReadOnlyList<SiloRole>? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names is [var only] && only.Equals(All, StringComparison.OrdinalIgnoreCase))
        {
            return Enum.GetValues<SiloRole>();
        }

        var roles = names.Select(name => Enum.GetValues<SiloRole>().Cast<SiloRole?>().FirstOrDefault(role => name.Equals(role.ToString(), StringComparison.OrdinalIgnoreCase))).ToArray();
        return roles.Length > 0 && roles.All(role => role is not null) ? [.. roles.Select(role => role!.Value).Distinct().Order()] : null;
    }

    /// <summary>As <see cref="Parse"/> reads them.</summary>
    public static string Text(IReadOnlyList<SiloRole> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        return roles.Count == Count ? All : string.Join(',', roles.Select(role => role.ToString().ToLowerInvariant()));
    }
}
