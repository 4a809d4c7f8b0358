using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Shadows;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Shadows;

/// <summary>
/// One request on its way to a shadow: asked at the lowest priority, by no breaker and no hedge, recorded as a decision of its own and compared. Holds a copy
/// of the rows; the answer given is held as it is, since nobody writes to it any more.
/// </summary>
internal sealed class ShadowSending : IThreadPoolWorkItem
{
    private const double Nanosecond = 1e-9;
    private const double Microsecond = 1e-6;

    private readonly ShadowMirror _mirror;
    private readonly ServedShadow _shadow;
    private readonly ShadowSending? _next;
    private readonly Asked _asked;
    private readonly ServedVariant _answering;
    private readonly OutputComparison _comparison;
    private readonly ReadOnlyMemory<byte> _given;
    private readonly Decided _decided;
    private readonly long _givenDeviceNanoseconds;
    private readonly long _bytes;

    /// <param name="asked">Its rows are answered, and stay the caller's.</param>
    /// <param name="next">Sent together with this one.</param>
    public ShadowSending(ShadowMirror mirror, ServedShadow shadow, in Asked asked, in Decided decided, ShadowSending? next)
    {
        var rows = asked.Rows;
        (_mirror, _shadow, _next, _answering, _decided) = (mirror, shadow, next, asked.Variant, decided);
        (_comparison, _given, _givenDeviceNanoseconds) = (shadow.ComparisonWith(_answering), rows.Output, rows.DeviceNanoseconds);
        var copy = PendingInference.Rent();
        rows.Input.Span.CopyTo(copy.Input.Append(rows.Input.Length));
        copy.Rows = rows.Rows;
        _bytes = rows.Input.Length + rows.Output.Length;
        _asked = asked with { Rows = copy };
    }

    /// <summary>Sends the request on another thread, and the others that were prepared with it.</summary>
    public void Start()
    {
        for (var sending = this; sending is not null; sending = sending._next)
        {
            if (sending._shadow.Tally.TryEnter(sending._bytes, _mirror.Options))
            {
                ThreadPool.UnsafeQueueUserWorkItem(sending, preferLocal: false);
            }
            else
            {
                sending.Count(ShadowFigures.None with { Dropped = 1 });
                sending._asked.Rows.Return();
            }
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = Run();

    private async Task Run()
    {
        try
        {
            await Send();
        }
#pragma warning disable CA1031 // Nobody waits for this; here it would end the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Fail(InferenceEnd.Failed, failure);
        }
        finally
        {
            _asked.Rows.Return();
            _shadow.Tally.Leave(_bytes);
        }
    }

    private async ValueTask Send()
    {
        var (rows, variant, begun) = (_asked.Rows, _shadow.Variant, _mirror.Time.GetTimestamp());
        _asked.Endpoint.Prepare(rows, begun);
        rows.Priority = RequestPriority.Low;
        var end = InferenceEnd.WorkerUnavailable;
        if (_mirror.Choice.Choose(variant.Lanes, variant.Active, except: null) is { } lane)
        {
            end = await lane.Infer(rows).ConfigureAwait(false);
            if (end == InferenceEnd.WorkerUnavailable && _mirror.Choice.Choose(variant.Lanes, variant.Active, lane) is { } other)
            {
                end = await other.Infer(rows).ConfigureAwait(false);
            }
        }

        if (end == InferenceEnd.LaneFull || rows.Failure is RefusedException { Refusal.Kind: RefusalKind.Throttled })
        {
            Count(ShadowFigures.None with { Dropped = 1 });
        }
        else if (end == InferenceEnd.Done)
        {
            End(begun);
        }
        else
        {
            Fail(end, rows.Failure);
        }
    }

    private void End(long begun)
    {
        var latency = _mirror.Time.GetElapsedTime(begun);
        var rows = _asked.Rows;
        var compared = _comparison.Compare(rows.Rows, _given.Span, rows.Output.Span);
        Record(latency);
        var given = _decided.LatencyMicroseconds * Microsecond;
        _mirror.Meter.Answered(_shadow.Tags, latency);
        Count(compared with
        {
            Mirrored = 1,
            LatencySum = latency.TotalSeconds,
            LatencyMax = latency.TotalSeconds,
            PrimaryLatencySum = given,
            PrimaryLatencyMax = given,
            DeviceSum = rows.DeviceNanoseconds * Nanosecond,
            PrimaryDeviceSum = _givenDeviceNanoseconds * Nanosecond,
        });
    }

    private void Record(TimeSpan latency)
    {
        var (route, variant, rows) = (_asked.Endpoint.Route, _shadow.Variant.Route, _asked.Rows);
        var positive = _comparison.Positive(rows.Rows, rows.Output.Span);
        _mirror.Log.Append(new DecisionRecord(
            _mirror.Time.GetUtcNow(),
            _asked.Tenant,
            route.Endpoint,
            route.Revision,
            variant.Name,
            variant.Model.Model,
            variant.Model.Version,
            _asked.RequestId,
            _asked.Unit,
            _asked.Bucket,
            rows.Rows,
            rows.Input.Memory,
            rows.Output,
            positive switch { true => variant.Classes!.Positive, false => variant.Classes!.Negative, null => "" },
            positive is true,
            rows.Worker,
            rows.BatchRows,
            rows.DeviceNanoseconds,
            rows.PriceBookVersion,
            new Picodollars(rows.Picodollars),
            (long)latency.TotalMicroseconds,
            DecisionKind.Shadow,
            _answering.Route.Name,
            _decided.Address));
    }

    private void Fail(InferenceEnd end, Exception? failure)
    {
        Count(ShadowFigures.None with { Mirrored = 1, Errors = 1 });
        _mirror.TellFailure(_asked, _shadow, end, failure);
    }

    private void Count(ShadowFigures figures) => _shadow.Tally.Add(_answering.Route.Name, _comparison.Measure, figures);
}
