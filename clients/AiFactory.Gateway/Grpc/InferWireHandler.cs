using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using Grpc.Core;

namespace AiFactory.Gateway.Grpc;

/// <summary>One inference over gRPC: the same decision line, record and limits as over HTTP.</summary>
internal sealed class InferWireHandler(DecisionLine line, TenantLimiter limiter, TimeProvider time)
{
    /// <summary>
    /// When a call has to end, as a timestamp of the TimeProvider; <see cref="long.MaxValue"/>: never. The library tells it as a time of day, so it is to be
    /// asked once, when the call begins.
    /// </summary>
    public long Deadline(ServerCallContext call) => call.Deadline == DateTime.MaxValue
        ? long.MaxValue
        : time.GetTimestamp() + (long)((call.Deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalSeconds * time.TimestampFrequency);

    /// <param name="message">Stays the caller's.</param>
    /// <param name="deadlineAt">Of the call, as <see cref="Deadline"/> tells it.</param>
    /// <param name="field">Of a message around the reply, the field that holds it; 0: the reply is the whole message.</param>
    /// <param name="held">The call where it has an idempotency key; null: it has none.</param>
    /// <param name="sequence">Whether the request belongs to a sequence; known once this method has returned its task.</param>
    /// <returns>The reply, the caller's to return.</returns>
    public Task<WireMessage> Infer(WireMessage message, string tenant, TenantRoutes routes, ServerCallContext call, long deadlineAt, int field, HeldCall? held, out bool sequence)
    {
        var arrivedAt = time.GetTimestamp();
        var rows = PendingInference.Rent();
        try
        {
            (rows.Cancellation, rows.Held) = (call.CancellationToken, held);
            var request = InferEnvelope.Mine;
            var head = InferWire.Read(request, message.Bytes);
            sequence = request.Terms.SequenceId is not null;
            var version = head.Version.Length == 0 ? null : head.Version;
            var (asked, outputs) = InferCall.Ask(request, message.Bytes.Span, rows, tenant, routes.Find(head.Model), version, arrivedAt, time);
            if (deadlineAt < rows.DeadlineAt)
            {
                (rows.Hurried, rows.DeadlineAt) = (true, deadlineAt);
            }

            return Answer(asked, outputs, head.Raw, field);
        }
        catch
        {
            rows.Return();
            throw;
        }
    }

    private async Task<WireMessage> Answer(Asked asked, OutputChoice outputs, bool raw, int field)
    {
        WireMessage? reply = null;
        TenantGate? entered = null;
        try
        {
            if (limiter.Find(asked.Tenant) is { } gate)
            {
                entered = gate.Enter() is { } refused ? throw refused.ToException() : gate;
            }

            await line.Infer(asked);
            var decided = line.Record(asked);
            reply = WireMessage.Rent();
            var around = field > 0 ? WireWriter.Open(reply.Bytes, field) : 0;
            InferReplyWire.Write(reply.Bytes, line.LogName(asked), asked, decided, outputs, raw);
            if (field > 0)
            {
                WireWriter.Close(reply.Bytes, around);
            }

            await line.Keep(asked.Endpoint.Route, CancellationToken.None);
            reply.Mirror = line.PrepareMirror(asked, decided);
            return reply;
        }
        catch
        {
            reply?.Return();
            throw;
        }
        finally
        {
            entered?.Leave();
            asked.Rows.Return();
        }
    }
}
