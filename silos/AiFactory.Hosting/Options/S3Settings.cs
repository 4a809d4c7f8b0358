using AiFactory.Lakehouse.Objects.S3;

namespace AiFactory.Hosting.Options;

/// <summary>How a bucket is reached; see <see cref="S3Options"/>.</summary>
public sealed class S3Settings
{
    /// <summary>Where a store that is not Amazon's answers, e.g. <c>http://localhost:9000</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The bucket's region. Default: as the AWS tools find it.</summary>
    public string? Region { get; set; }

    /// <summary>Default: as the AWS tools find it.</summary>
    public string? AccessKey { get; set; }

    /// <summary>Belongs to <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; set; }

    /// <summary>Whether the bucket is part of the path. Default: where there is an <see cref="Endpoint"/>.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>Most bytes of local copies. Default 20 GiB.</summary>
    public long CacheBytesMax { get; set; } = 20L << 30;

    internal S3Options Of(Uri place) => new()
    {
        Place = place,
        Endpoint = Endpoint,
        Region = Region,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
        PathStyle = PathStyle,
        CacheBytesMax = CacheBytesMax,
    };
}

/// <summary>Checks of the options about objects and the shipping of the log.</summary>
internal static class ObjectRules
{
    public static void Check(FactoryOptions options, ClusterMemberRules.Expectation expect)
    {
        var s3 = options.S3;
        if (options.ObjectsInBucket)
        {
            expect(Uri.TryCreate(options.Objects, UriKind.Absolute, out var place) && place.Host.Length > 0 && place.Query.Length == 0, "Objects", options.Objects,
                "Use s3://bucket or s3://bucket/prefix.");
        }

        expect(s3.Endpoint is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, "S3:Endpoint", s3.Endpoint, "Use a URL like http://localhost:9000, or leave it out for Amazon's.");
        expect(s3.AccessKey is null == s3.SecretKey is null, "S3:AccessKey", s3.AccessKey, "Give S3:AccessKey and S3:SecretKey both, or none to have them found as the AWS tools find them.");
        expect(s3.CacheBytesMax > 0, "S3:CacheBytesMax", s3.CacheBytesMax, "Use a number of bytes over 0, e.g. 21474836480.");
        expect(options.LogShippingInterval > TimeSpan.Zero && options.LogShippingInterval <= TimeSpan.FromSeconds(30), "LogShippingInterval", options.LogShippingInterval,
            "Use a time over 0 and at most 30 s, e.g. 00:00:01.");
        expect(!options.DropShippedLog || options.LogShipped, "DropShippedLog", options.DropShippedLog, "Only a log that is shipped may be dropped here: set ShipLog to true.");
    }
}
