using System.Net;
using AiFactory.Domain.Refusals;
using Amazon.Runtime;
using Amazon.S3;

namespace AiFactory.Lakehouse.Objects.S3;

/// <summary>What a store's failures mean to those who run the factory.</summary>
internal static class S3Refusals
{
    /// <returns>Null where it is no failure of the store: a wrong argument, a cancelled call.</returns>
    public static RefusedException? Of(Exception exception, S3Options options)
    {
        var where = options.Endpoint is { } endpoint ? $"{options.Place} at {endpoint}" : options.Place.ToString();
        return exception switch
        {
            AmazonS3Exception { ErrorCode: "NoSuchBucket" } missing => new(
                new("object-store-bucket-missing", RefusalKind.Unprocessable, $"There is no bucket '{options.Bucket}'.", where,
                    "Make the bucket, or name another one with AiFactory:Objects (s3://bucket/prefix)."), missing),
            AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } denied => Denied(where, denied),
            AmazonS3Exception { StatusCode: >= (HttpStatusCode)400 and < (HttpStatusCode)500 } wrong => new(
                new("object-store-refused", RefusalKind.Unprocessable, $"The store refused: {wrong.ErrorCode}: {wrong.Message}", where,
                    "Check AiFactory:S3 (endpoint, region, path style) against the store's documentation."), wrong),
            AmazonServiceException or HttpRequestException or TimeoutException or IOException { InnerException: System.Net.Sockets.SocketException } => new(
                new("object-store-unreachable", RefusalKind.Unavailable, $"The store does not answer: {Innermost(exception)}", where,
                    "Check AiFactory:S3:Endpoint and the network; the factory goes on by itself once the store answers."), exception),
            AmazonClientException { InnerException: HttpRequestException or TaskCanceledException or IOException } => new(
                new("object-store-unreachable", RefusalKind.Unavailable, $"The store does not answer: {Innermost(exception)}", where,
                    "Check AiFactory:S3:Endpoint and the network; the factory goes on by itself once the store answers."), exception),
            AmazonClientException client => Denied(where, client),
            _ => null,
        };
    }

    public static RefusedException Unconditional(S3Options options) => new(
        new("object-store-unconditional", RefusalKind.Unprocessable, "The store writes over objects in spite of If-None-Match, so that two silos could take each other's place.",
            options.Place.ToString(), "Use a store with conditional writes, as Amazon S3 has them, or a shared folder."));

    public static RefusedException Corrupt(S3Options options, string path) => new(
        new("object-corrupt", RefusalKind.Fault, $"The store gave other bytes for '{path}' than were put.", options.Place.ToString(),
            "Restore the object from a backup or an earlier version of the bucket."));

    private static RefusedException Denied(string where, Exception exception) => new(
        new("object-store-denied", RefusalKind.Unprocessable, $"The store denies access: {exception.Message}", where,
            "Check AiFactory:S3:AccessKey and SecretKey, or the credentials that the AWS tools find, and that they may list, read, write and delete in the bucket."), exception);

    private static string Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception.Message;
}
