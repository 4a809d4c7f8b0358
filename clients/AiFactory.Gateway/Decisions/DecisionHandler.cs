using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Threading;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Decisions;

/// <summary><c>POST /v1/endpoints/{endpoint}/decisions</c>.</summary>
internal sealed class DecisionHandler(RoutingSnapshots routing, DecisionLine line, IOptions<GatewayOptions> options, TimeProvider time)
{
    private readonly GatewayOptions _options = options.Value;

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<Refused?> Decide(HttpContext context, string tenant, HeldCall? held)
    {
        var arrivedAt = time.GetTimestamp();
        RequestBody.RequireJson(context);
        var routes = await routing.Of(tenant, context.RequestAborted);
        var endpoint = routes.Find(DirectRoutes.EndpointOf(context));
        var body = await RequestBody.ReadWhole(context, _options.DecisionBytesMax);
        var asked = new NamedDecisionReader(tenant, endpoint, held?.RequestId ?? NewRequestId(), arrivedAt, _options.InstancesMax, context.RequestAborted);
        try
        {
            Read(context, body, asked);
            if (held is not null)
            {
                asked.Hold(held);
            }

            Apply(RequestTerms.Of(context.Request.Headers), asked);
            if (asked.Several is { } several)
            {
                if (await InferAll(several) is { } refused)
                {
                    return refused;
                }

                await AnswerAll(context, endpoint, several);
            }
            else
            {
                if (await line.TryInfer(asked.One) is { } refused)
                {
                    return refused;
                }

                await Answer(context, asked.One);
            }

            return null;
        }
        finally
        {
            asked.Return();
        }
    }

    /// <summary>A name for a request that brings none: as a UUID of version 7, but by a generator that makes no system call. It has to be unique, not secret.</summary>
    public static string NewRequestId()
    {
        const int TimestampBytes = 6;
        Span<byte> id = stackalloc byte[16];
        Random.Shared.NextBytes(id[TimestampBytes..]);
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        milliseconds[^TimestampBytes..].CopyTo(id);
        (id[6], id[8]) = ((byte)((id[6] & 0x0F) | 0x70), (byte)((id[8] & 0x3F) | 0x80));
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Sends an answer with its length stated.</summary>
    public static async ValueTask Send(HttpContext context, ReadOnlyMemory<byte> answer, string contentType = "application/json")
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = answer.Length;
        await context.Response.BodyWriter.WriteAsync(answer);
    }

    private void Apply(in RequestTerms terms, NamedDecisionReader asked)
    {
        if (asked.Several is not { } several)
        {
            terms.Apply(asked.One.Rows, asked.One.Endpoint, asked.One.ArrivedAt, time);
            return;
        }

        foreach (var one in several)
        {
            terms.Apply(one.Rows, one.Endpoint, one.ArrivedAt, time);
        }
    }

    private static void Read(HttpContext context, in ReadOnlySequence<byte> body, NamedDecisionReader asked)
    {
        try
        {
            asked.Read(body);
        }
        catch (InvalidOperationException failure)
        {
            // The JSON reader finds out only when it is asked for the text.
            throw Failures.InvalidText(failure);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    // The first one is let in or not for all of them: the others of the request are not work that waits before it.
    private async ValueTask<Refused?> InferAll(List<Asked> several)
    {
        var inferences = new Task<Refused?>[several.Count];
        for (var i = 0; i < inferences.Length; i++)
        {
            (several[i].Rows.Admitted, several[i].Rows.OneOfSeveral) = (i > 0, several.Count > 1);
            inferences[i] = line.TryInfer(several[i]).AsTask();
            if (i == 0 && inferences[i] is { IsCompletedSuccessfully: true, Result: not null })
            {
                return inferences[i].Result;
            }
        }

        // Every one is waited for, also when one fails: their rows go back to the pool only after.
        return Array.Find(await Task.WhenAll(inferences), static refused => refused is not null);
    }

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder))]
    private async ValueTask Answer(HttpContext context, Asked asked)
    {
        var decided = line.Record(asked);
        DecisionText.Write(asked.Rows.Text, line.LogName(asked), asked, decided);
        await line.Keep(asked.Endpoint.Route, CancellationToken.None);
        await Send(context, asked.Rows.Text.Memory);
        line.Mirror(asked, decided);
    }

    private async ValueTask AnswerAll(HttpContext context, ServedEndpoint endpoint, List<Asked> several)
    {
        var text = new ByteBuffer(several.Count * 192);
        var mirrored = endpoint.Shadows is null ? null : new Decided[several.Count];
        text.Append("{\"decisions\":["u8);
        for (var i = 0; i < several.Count; i++)
        {
            if (i > 0)
            {
                text.Append((byte)',');
            }

            var decided = line.Record(several[i]);
            DecisionText.Write(text, line.LogName(several[i]), several[i], decided);
            if (mirrored is not null)
            {
                mirrored[i] = decided;
            }
        }

        text.Append("]}"u8);
        await line.Keep(endpoint.Route, CancellationToken.None);
        await Send(context, text.Memory);
        for (var i = 0; i < mirrored?.Length; i++)
        {
            line.Mirror(several[i], mirrored[i]);
        }
    }
}
