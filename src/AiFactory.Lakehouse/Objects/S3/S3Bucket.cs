using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace AiFactory.Lakehouse.Objects.S3;

/// <param name="Version">Changes with the bytes.</param>
/// <param name="Sha256">Of the bytes as they were put, lower-case hex; null when somebody else put them.</param>
internal readonly record struct ObjectFacts(string Version, string? Sha256);

/// <summary>The bucket's requests, each with bounded retries, and failures as refusals.</summary>
internal sealed class S3Bucket(S3Options options, IAmazonS3 client) : IDisposable
{
    private const int RetriesMax = 4;
    private const string Sha256Name = "x-amz-meta-sha256";
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    public S3Options Options => options;

    public static S3Bucket Open(S3Options options)
    {
        var config = new AmazonS3Config
        {
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = RetriesMax,
            Timeout = RequestTimeout,
            ConnectTimeout = ConnectTimeout,
            ForcePathStyle = options.PathStyle ?? options.Endpoint is not null,
            // Uploads are signed with the SHA-256 of their bytes, which the store checks, and downloads are checked here: no further sum is asked for.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        try
        {
            return new(options, options.AccessKey is { } key ? new AmazonS3Client(new BasicAWSCredentials(key, options.SecretKey), config) : new AmazonS3Client(config));
        }
        catch (AmazonClientException problem)
        {
            throw S3Refusals.Of(problem, options)!;
        }
    }

    /// <summary>Writes an object; false when one is there and it is not to be replaced.</summary>
    public Task<bool> Put(string path, Stream bytes, string sha256, bool replace, CancellationToken cancellation) => Try(async () =>
    {
        var request = new PutObjectRequest
        {
            BucketName = options.Bucket,
            Key = Key(path),
            InputStream = bytes,
            AutoCloseStream = false,
            AutoResetStreamPosition = true,
            UseChunkEncoding = false,
            IfNoneMatch = replace ? null : "*",
        };
        request.Metadata[Sha256Name] = sha256;
        try
        {
            await client.PutObjectAsync(request, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception taken) when (taken.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return false;
        }
    });

    /// <summary>Writes or replaces an object from a file, in parts: whole or not at all.</summary>
    public Task PutParts(string path, string file, string sha256, CancellationToken cancellation) => Try(async () =>
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = Key(path) };
        begin.Metadata[Sha256Name] = sha256;
        var upload = (await client.InitiateMultipartUploadAsync(begin, cancellation).ConfigureAwait(false)).UploadId;
        try
        {
            var (parts, length) = (new List<PartETag>(), new FileInfo(file).Length);
            for (long at = 0; at < length; at += options.UploadPartBytes)
            {
                var part = await client.UploadPartAsync(
                    new UploadPartRequest
                    {
                        BucketName = options.Bucket,
                        Key = Key(path),
                        UploadId = upload,
                        PartNumber = parts.Count + 1,
                        FilePath = file,
                        FilePosition = at,
                        PartSize = Math.Min(options.UploadPartBytes, length - at),
                        UseChunkEncoding = false,
                    },
                    cancellation).ConfigureAwait(false);
                parts.Add(new PartETag(parts.Count + 1, part.ETag));
            }

            await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = Key(path), UploadId = upload, PartETags = parts }, cancellation).ConfigureAwait(false);
            return true;
        }
        catch
        {
            await client.AbortMultipartUploadAsync(options.Bucket, Key(path), upload, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    });

    /// <returns>Null when there is no such object.</returns>
    public Task<ObjectFacts?> Look(string path, CancellationToken cancellation) => Try<ObjectFacts?>(async () =>
    {
        try
        {
            var found = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = options.Bucket, Key = Key(path) }, cancellation).ConfigureAwait(false);
            return new ObjectFacts(found.ETag, found.Metadata[Sha256Name]);
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound && missing.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    });

    /// <summary>Reads an object to a stream.</summary>
    /// <returns>What it is; null when there is no such object, and nothing was written.</returns>
    /// <exception cref="Domain.Refusals.RefusedException"><c>object-corrupt</c>: these are not the bytes that were put.</exception>
    public Task<ObjectFacts?> Get(string path, Func<Stream> open, CancellationToken cancellation) => Try<ObjectFacts?>(async () =>
    {
        try
        {
            using var found = await client.GetObjectAsync(new GetObjectRequest { BucketName = options.Bucket, Key = Key(path) }, cancellation).ConfigureAwait(false);
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var into = open();
            await using (into.ConfigureAwait(false))
            {
                var buffer = new byte[256 * 1024];
                for (int read; (read = await found.ResponseStream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
                {
                    sha.AppendData(buffer, 0, read);
                    await into.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                }
            }

            var (had, promised) = (Convert.ToHexStringLower(sha.GetHashAndReset()), found.Metadata[Sha256Name]);
            return promised is null || promised == had ? new ObjectFacts(found.ETag, had) : throw S3Refusals.Corrupt(options, path);
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound && missing.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
        catch (AmazonClientException differs) when (differs.Message.Contains("hash", StringComparison.OrdinalIgnoreCase))
        {
            throw S3Refusals.Corrupt(options, path);
        }
    });

    /// <summary>Paths under a folder, in order, a page after the other.</summary>
    public Task<List<string>> List(string folder, string after, CancellationToken cancellation) => Try(async () =>
    {
        var paths = new List<string>();
        var last = after.Length > 0 ? Key(after) : null;
        for (var more = true; more;)
        {
            var page = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = options.Bucket, Prefix = Key(folder) + "/", StartAfter = last }, cancellation).ConfigureAwait(false);
            paths.AddRange((page.S3Objects ?? []).Select(found => found.Key[options.Prefix.Length..]));
            more = page.IsTruncated is true && page.S3Objects is { Count: > 0 };
            last = more ? page.S3Objects![^1].Key : null;
        }

        paths.Sort(StringComparer.Ordinal);
        return paths;
    });

    /// <summary>Names of the folders in a folder: a request for each, whatever lies in them.</summary>
    public Task<List<string>> ListFolders(string folder, CancellationToken cancellation) => Try(async () =>
    {
        const char AfterSlash = '0';
        var (names, under) = (new List<string>(), Key(folder) + "/");
        for (var last = under; ;)
        {
            var page = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = options.Bucket, Prefix = under, StartAfter = last, MaxKeys = 1 }, cancellation).ConfigureAwait(false);
            if (page.S3Objects is not [var found, ..]) break;
            var steps = found.Key[under.Length..].Split('/');
            if (steps.Length > 1) names.Add(steps[0]);
            last = steps.Length > 1 ? $"{under}{steps[0]}{AfterSlash}" : found.Key;
        }

        return names;
    });

    public Task Copy(string from, string to, CancellationToken cancellation) => Try(async () =>
    {
        await client.CopyObjectAsync(
            new CopyObjectRequest { SourceBucket = options.Bucket, SourceKey = Key(from), DestinationBucket = options.Bucket, DestinationKey = Key(to) },
            cancellation).ConfigureAwait(false);
        return true;
    });

    public Task Delete(string path, CancellationToken cancellation) => Try(async () =>
    {
        await client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = options.Bucket, Key = Key(path) }, cancellation).ConfigureAwait(false);
        return true;
    });

    public void Dispose() => client.Dispose();

    private string Key(string path) => string.Create(CultureInfo.InvariantCulture, $"{options.Prefix}{path}");

    private async Task<T> Try<T>(Func<Task<T>> request)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (Exception problem) when (S3Refusals.Of(problem, options) is { } refused)
        {
            throw refused;
        }
    }
}
