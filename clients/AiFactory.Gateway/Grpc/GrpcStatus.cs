using AiFactory.Domain.Refusals;
using Grpc.Core;
using RpcStatus = Grpc.Core.Status;

namespace AiFactory.Gateway.Grpc;

/// <summary>What a refusal is over gRPC.</summary>
internal static class GrpcStatus
{
    /// <summary>Trailer with the refusal's code; branch on it.</summary>
    public const string CodeTrailer = "refusal-code";

    public static RpcException Of(Refusal refusal, string traceId)
    {
        var detail = refusal.Kind == RefusalKind.Fault ? $"{refusal} (trace {traceId})" : refusal.ToString();
        return new(new RpcStatus(Code(refusal), detail), new Metadata { { CodeTrailer, refusal.Code } });
    }

    private static StatusCode Code(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Timeout => StatusCode.DeadlineExceeded,
        RefusalKind.Malformed or RefusalKind.Unprocessable => StatusCode.InvalidArgument,
        RefusalKind.Unauthenticated => StatusCode.Unauthenticated,
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.Conflict => StatusCode.FailedPrecondition,
        RefusalKind.TooLarge or RefusalKind.Throttled or RefusalKind.StorageFull => StatusCode.ResourceExhausted,
        RefusalKind.Unavailable => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}
