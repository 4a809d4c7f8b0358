using AiFactory.DecisionLog;
using AiFactory.Domain.Idempotency;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;
using AiFactory.Grains.Idempotency;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Idempotency;

/// <summary>Metadata of a route whose answer is a secret: it is not kept. A repeat does the work again, which is idempotent by the key.</summary>
internal sealed class SecretAnswer;

/// <summary>
/// Requests with an <c>Idempotency-Key</c>: one effect, and the same answer again, whichever gateway a repeat comes to. The key is kept by a grain before the
/// work begins and the answer before it is given. Refusals are no effects: what was refused is judged anew when it is sent again.
/// </summary>
internal sealed class KeyedCalls(IGrainFactory grains, IDecisionLog log, LogDirectory logs, Failover failover, IOptions<GatewayOptions> options, TimeProvider time)
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotent-Replayed";

    private readonly string _process = Guid.NewGuid().ToString("n");
    private long _count;

    /// <summary>Runs the handler of a control call, again where a silo failed under it, or gives its first answer again.</summary>
    public async Task Control(HttpContext context, string tenant, RequestDelegate handler)
    {
        var key = Key(context);
        var body = await CallBody.Read(context, options.Value.ControlBytesMax, always: false);
        var (held, answer) = await Claim(tenant, key, body.Fingerprint, decides: false, context.RequestAborted);
        if (held is null)
        {
            await Replay(context, answer!);
            return;
        }

        await using (held)
        {
            answer = body.Repeatable ? await failover.Run(Work, context.RequestAborted) : await Work();
            if (answer.Status < StatusCodes.Status300MultipleChoices && answer.Body.Length <= options.Value.KeptAnswerBytesMax
                && context.GetEndpoint()?.Metadata.GetMetadata<SecretAnswer>() is null)
            {
                await Complete(held, answer);
            }
        }

        await CapturedAnswer.Send(context, answer);

        Task<KeptAnswer> Work()
        {
            body.Rewind(context);
            return CapturedAnswer.Of(context, () => handler(context));
        }
    }

    /// <summary>As <see cref="Control"/> for decisions: one record, one charge. What was decided and not answered is found in its log.</summary>
    public async ValueTask<Refused?> Decide(HttpContext context, string tenant, DecisionMethod handler)
    {
        var key = Key(context);
        var body = await CallBody.Read(context, options.Value.DecisionBytesMax, always: true);
        var (held, answer) = await Claim(tenant, key, body.Fingerprint, decides: true, context.RequestAborted);
        if (held is null)
        {
            await Replay(context, answer!);
            return null;
        }

        await using (held)
        {
            body.Rewind(context);
            Refused? refused = null;
            answer = await CapturedAnswer.Of(context, async () => refused = await handler(context, tenant, held));
            if (refused is not null)
            {
                return refused;
            }

            await Keep(held, answer);
        }

        await CapturedAnswer.Send(context, answer);
        return null;
    }

    /// <summary>As <see cref="Decide(HttpContext, string, DecisionMethod)"/> for an answer that is bytes.</summary>
    /// <param name="decide">Gives the answer's bytes.</param>
    public async Task<byte[]> Decide(HttpContext context, string tenant, string fingerprint, Func<HeldCall, Task<byte[]>> decide)
    {
        var (held, answer) = await Claim(tenant, Key(context), fingerprint, decides: true, context.RequestAborted);
        if (held is null)
        {
            context.Response.Headers[ReplayedHeader] = "true";
            return answer!.Body;
        }

        await using (held)
        {
            var bytes = await decide(held);
            await Keep(held, new(StatusCodes.Status200OK, new Dictionary<string, string>(), bytes));
            return bytes;
        }
    }

    private static string Key(HttpContext context) => IdempotencyKey.Check(context.Request.Headers[Header].ToString()).OrThrow();

    private static Task Replay(HttpContext context, KeptAnswer answer)
    {
        context.Response.Headers[ReplayedHeader] = "true";
        return CapturedAnswer.Send(context, answer);
    }

    // An answer that is too long to be kept is made again from the log.
    private Task Keep(HeldCall held, KeptAnswer answer) => answer.Body.Length <= options.Value.KeptAnswerBytesMax ? Complete(held, answer) : Task.CompletedTask;

    private Task<bool> Complete(HeldCall held, KeptAnswer answer) => failover.Run(
        async () =>
        {
            await held.Complete(answer);
            return true;
        },
        CancellationToken.None);

    private async Task<(HeldCall? Held, KeptAnswer? Answer)> Claim(string tenant, string key, string fingerprint, bool decides, CancellationToken cancellation)
    {
        var place = decides ? new LogPlace(log.Name, log.Tail) : null;
        var holder = $"{_process}-{Interlocked.Increment(ref _count)}";
        var calls = grains.GetGrain<IKeyedCallsGrain>(KeyedCallsKey.Of(tenant, key).ToGrainKey());
        var toldAt = 0L;
        var claimed = await failover.Run(
            () =>
            {
                toldAt = time.GetTimestamp();
                return calls.Claim(key, fingerprint, holder, place);
            },
            cancellation);
        return claimed.Answer is { } answer ? (null, answer)
            : (new HeldCall(calls, logs, tenant, key, holder, place?.Log ?? "", claimed.Earlier, toldAt, time), null);
    }
}
