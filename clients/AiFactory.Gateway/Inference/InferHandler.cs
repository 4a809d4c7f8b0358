using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using AiFactory.Threading;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Inference;

/// <summary><c>POST /v2/models/{endpoint}[/versions/{version}]/infer</c>: one decision record a request, however many rows.</summary>
internal sealed class InferHandler(RoutingSnapshots routing, DecisionLine line, IOptions<GatewayOptions> options, TimeProvider time)
{
    private const string BinaryType = "application/octet-stream";

    private readonly GatewayOptions _options = options.Value;

    public ValueTask<Refused?> Infer(HttpContext context, string tenant, HeldCall? held) => Infer(context, tenant, version: null, held);

    /// <summary>Inference by the variant that the path names.</summary>
    public ValueTask<Refused?> InferVersion(HttpContext context, string tenant, HeldCall? held) => Infer(context, tenant, (string)context.Request.RouteValues["version"]!, held);

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private async ValueTask<Refused?> Infer(HttpContext context, string tenant, string? version, HeldCall? held)
    {
        var arrivedAt = time.GetTimestamp();
        var aborted = context.RequestAborted;
        var routes = await routing.Of(tenant, aborted);
        var endpoint = routes.Find(DirectRoutes.EndpointOf(context));
        var body = await RequestBody.ReadWhole(context, _options.DecisionBytesMax);
        var rows = PendingInference.Rent();
        try
        {
            (rows.Cancellation, rows.Held) = (aborted, held);
            var (asked, outputs) = Read(context, body, rows, tenant, endpoint, version, arrivedAt);
            if (await line.TryInfer(asked) is { } refused)
            {
                return refused;
            }

            var decided = line.Record(asked);
            var json = InferText.Write(rows.Text, line.LogName(asked), asked, decided, outputs);
            await line.Keep(endpoint.Route, CancellationToken.None);
            await Send(context, rows.Text.Memory, json);
            line.Mirror(asked, decided);
            return null;
        }
        finally
        {
            rows.Return();
        }
    }

    private static ValueTask Send(HttpContext context, ReadOnlyMemory<byte> answer, int json)
    {
        if (json == answer.Length)
        {
            return DecisionHandler.Send(context, answer);
        }

        context.Response.Headers[InferJson.LengthHeader] = json.ToString(CultureInfo.InvariantCulture);
        return DecisionHandler.Send(context, answer, BinaryType);
    }

    private (Asked Asked, OutputChoice Outputs) Read(
        HttpContext context, in ReadOnlySequence<byte> sequence, PendingInference rows, string tenant, ServedEndpoint endpoint, string? version, long arrivedAt)
    {
        try
        {
            var json = JsonLength(context.Request.Headers, sequence.Length);
            using var body = new ContiguousBody(sequence);
            var request = InferEnvelope.Mine;
            InferJson.Read(request, body.Span, json);
            return InferCall.Ask(request, body.Span, rows, tenant, endpoint, version, arrivedAt, time);
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

    private static int JsonLength(IHeaderDictionary headers, long bodyLength)
    {
        if (!headers.TryGetValue(InferJson.LengthHeader, out var given))
        {
            return -1;
        }

        return int.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= bodyLength
            ? length
            : throw new RefusedException(new("binary-header-invalid", RefusalKind.Malformed, $"'{given}' is not the length of JSON at the start of a body of {bodyLength} bytes.", InferJson.LengthHeader,
                "Send the number of bytes that the JSON takes; binary data begins behind them."));
    }
}
