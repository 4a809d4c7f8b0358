namespace AiFactory.Lakehouse.Objects.S3;

/// <summary>A bucket of Amazon S3, or of a store that speaks its protocol and has conditional writes.</summary>
public sealed record S3Options
{
    public const string Scheme = "s3";

    /// <summary><c>s3://bucket</c> or <c>s3://bucket/prefix</c>. Required.</summary>
    public required Uri Place { get; init; }

    /// <summary>Where the store answers, e.g. <c>http://localhost:9000</c>. Default: Amazon's, by region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The bucket's region. Default: as the AWS tools find it (<c>AWS_REGION</c>, profile); with an endpoint <c>us-east-1</c>.</summary>
    public string? Region { get; init; }

    /// <summary>Default: as the AWS tools find it (environment, profile, web identity, instance).</summary>
    public string? AccessKey { get; init; }

    /// <summary>Belongs to <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Whether the bucket is part of the path and not of the host's name. Default: where there is an <see cref="Endpoint"/>.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>Most bytes of copies kept on this machine for libraries that open files; those used in the last ten minutes stay even so. Default 20 GiB.</summary>
    public long CacheBytesMax { get; init; } = 20L << 30;

    /// <summary>Bytes from which on an object is uploaded in parts of this size. Default 16 MiB, least 5 MiB.</summary>
    public int UploadPartBytes { get; init; } = 16 << 20;

    public string Bucket => Place.Host;

    /// <summary>What all keys begin with: empty, or ending in '/'.</summary>
    internal string Prefix => Place.AbsolutePath.Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "";

    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        const int PartBytesMin = 5 << 20;
        if (!Place.IsAbsoluteUri || Place.Scheme != Scheme || Place.Host.Length == 0)
            throw new ArgumentException($"{nameof(S3Options)}.{nameof(Place)} is '{Place}'; use s3://bucket or s3://bucket/prefix.");
        if (AccessKey is null != SecretKey is null) throw new ArgumentException($"{nameof(S3Options)}.{nameof(AccessKey)} and {nameof(SecretKey)} belong together; give both or none.");
        if (CacheBytesMax < 1) throw new ArgumentException($"{nameof(S3Options)}.{nameof(CacheBytesMax)} is {CacheBytesMax}; set it to 1 or more.");
        if (UploadPartBytes < PartBytesMin) throw new ArgumentException($"{nameof(S3Options)}.{nameof(UploadPartBytes)} is {UploadPartBytes}; set it to {PartBytesMin} or more.");
    }
}
