using System.Buffers;
using System.Runtime.CompilerServices;
using AiFactory.Domain.Experiments;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Inference;

/// <summary><c>POST /v2/models/{endpoint}/infer</c>: one decision record a request, however many rows.</summary>
internal sealed class InferHandler(RoutingSnapshots routing, DecisionLine line, IOptions<GatewayOptions> options, TimeProvider time)
{
    private readonly GatewayOptions _options = options.Value;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Infer(HttpContext context, string tenant)
    {
        var arrivedAt = time.GetTimestamp();
        if (context.Request.Headers.ContainsKey("Inference-Header-Content-Length"))
        {
            throw new Domain.Refusals.RefusedException(new(Failures.UnsupportedContentType, Domain.Refusals.RefusalKind.Malformed,
                "The binary tensor extension is not taken.", "Inference-Header-Content-Length", "Send the tensors' elements as JSON in 'data'."));
        }

        var aborted = context.RequestAborted;
        var routes = await routing.Of(tenant, aborted);
        var endpoint = routes.Find((string)context.Request.RouteValues["endpoint"]!);
        var body = await RequestBody.ReadWhole(context, _options.DecisionBytesMax);
        var rows = PendingInference.Rent();
        try
        {
            endpoint.Prepare(rows, arrivedAt);
            rows.Cancellation = aborted;
            var (asked, outputs) = Read(context, body, rows, tenant, endpoint, arrivedAt);
            await line.Infer(asked);
            var decided = line.Record(asked);
            InferText.Write(rows.Text, line.LogName, asked, decided, outputs);
            await line.Keep(endpoint.Route, CancellationToken.None);
            await DecisionHandler.Send(context, rows.Text.Memory);
        }
        finally
        {
            rows.Return();
        }
    }

    private static (Asked Asked, int[]? Outputs) Read(
        HttpContext context, in ReadOnlySequence<byte> sequence, PendingInference rows, string tenant, ServedEndpoint endpoint, long arrivedAt)
    {
        try
        {
            using var body = new ContiguousBody(sequence);
            var request = InferEnvelope.Mine;
            request.Read(body.Span);
            var id = request.Id ?? DecisionHandler.NewRequestId();
            var bucket = Assignment.Bucket(endpoint.Route.Salt, request.Key ?? id);
            var variant = endpoint.Choose(bucket);
            rows.Rows = TensorPacking.Pack(request, body.Span, variant, rows.Input);
            return (new(tenant, endpoint, variant, rows, id, request.Key ?? "", bucket, arrivedAt), TensorPacking.Outputs(request, body.Span, variant));
        }
        catch (InvalidOperationException failure)
        {
            // The JSON reader finds out only when it is asked for the text.
            throw Failures.InvalidText(failure);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(sequence.End);
        }
    }
}
