using System.Net;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Tenants;
using Npgsql;

namespace AiFactory.Hosting.Options;

/// <summary>Checks of the options about roles and the cluster.</summary>
internal static class ClusterMemberRules
{
    /// <summary>Tells whether an expectation of an option is met, its value, and what to do if it is not.</summary>
    public delegate void Expectation(bool met, string option, object? value, string mend);

    public static void Check(FactoryOptions options, Expectation expect)
    {
        var cluster = options.Cluster;
        expect(options.Roles is null || SiloRoles.Parse(options.Roles) is { Count: > 0 }, "Roles", options.Roles, "Use all, or some of control, worker and gateway with commas between them.");
        expect(options.Objects is null || !string.IsNullOrWhiteSpace(options.Objects), "Objects", options.Objects, "Name a folder, e.g. --objects /srv/aifactory/objects, or leave it out.");
        if (!options.Clustered)
        {
            expect(options.RoleSet.Count is 0 || options.RoleSet.Count == SiloRoles.Count, "Roles", options.Roles,
                "A factory of one process has all roles: leave it out, or name the cluster's database with --cluster-database.");
            expect(!cluster.Client, "Cluster:Client", cluster.Client, "A client needs a cluster: name its database with --cluster-database.");
            return;
        }

        CheckDatabase(cluster.Database!, expect);
        expect(ResourceName.Check("cluster", cluster.Id).Granted, "Cluster:Id", cluster.Id, "Use lower-case letters, digits, '-', '_' and '.', at most 63 characters.");
        expect(!string.IsNullOrWhiteSpace(options.Objects), "Objects", options.Objects, "Name the folder or bucket that all members of the cluster share, e.g. --objects /srv/aifactory/objects or --objects s3://bucket/prefix.");
        expect(!cluster.Client || options.RoleSet is [SiloRole.Gateway], "Roles", options.Roles, "A client of a cluster has the role gateway and no other: leave it out.");
        CheckAddress(options, expect);
        CheckPorts(cluster, expect);
    }

    /// <summary>The address that other members are told; null where none was given and none can be concluded.</summary>
    public static IPAddress? AddressOf(FactoryOptions options) =>
        IPAddress.TryParse(options.Cluster.Address ?? options.BindAddress, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? address : null;

    private static void CheckAddress(FactoryOptions options, Expectation expect)
    {
        if (!options.Cluster.Client)
        {
            expect(AddressOf(options) is not null, "Cluster:Address", options.Cluster.Address,
                "Give the IP address at which other members of the cluster reach this one, e.g. --cluster-address 10.0.0.5.");
        }
    }

    // The value is not repeated: it may hold a password.
    private static void CheckDatabase(string connectionString, Expectation expect)
    {
        const string Form = "Use a connection string like 'Host=db;Database=aifactory;Username=aifactory;Password=...'.";
        try
        {
            expect(!string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host), "Cluster:Database", "(no Host)", Form);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            expect(false, "Cluster:Database", "(unreadable)", $"{exception.Message.TrimEnd('.')}. {Form}");
        }
    }

    private static void CheckPorts(ClusterMemberOptions cluster, Expectation expect)
    {
        void Port(string option, int? port, int least)
        {
            expect(port is null || (port >= least && port <= IPEndPoint.MaxPort), option, port, $"Use a port from 1 to {IPEndPoint.MaxPort}{(least == 0 ? ", or 0 for a free one" : "")}.");
        }

        Port("Cluster:SiloPort", cluster.SiloPort, least: 0);
        Port("Cluster:GatewayPort", cluster.GatewayPort, least: 0);
        Port("Cluster:SiloListenPort", cluster.SiloListenPort, least: 1);
        Port("Cluster:GatewayListenPort", cluster.GatewayListenPort, least: 1);
        expect(cluster.SiloPort == 0 || cluster.SiloPort != cluster.GatewayPort, "Cluster:GatewayPort", cluster.GatewayPort, "Use another port than silos have among themselves.");
    }
}
