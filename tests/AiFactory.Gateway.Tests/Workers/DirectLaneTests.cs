using System.Buffers.Binary;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Workers;

public sealed class DirectLaneTests
{
    private const string Model = "default/churn-mlp/1";

    private readonly FakeLocalWorker _worker = new();
    private readonly GatewayOptions _options = new() { LaneRowsMax = 16 };
    private readonly FakeTimeProvider _time = new();
    private readonly DirectLane _lane;

    public DirectLaneTests() => _lane = new DirectLane(_worker, new("silo-1", "cpu-0"), Model, new PackedRows(Routes.Numeric().Outputs), _options, _time);

    [Fact]
    public async Task Infer_EveryRequest_GoesAtOnceAndGetsItsOwnAnswer()
    {
        var requests = Enumerable.Range(0, 3).Select(i => Request(i)).ToArray();
        requests[1].Priority = RequestPriority.High;
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        Assert.Equal((3, 3), (_worker.Calls.Count, _lane.OutstandingRows));
        foreach (var call in _worker.Calls.Reverse())
        {
            call.Answer(batchRows: 3, nanoseconds: 10, picodollars: 20);
        }

        Assert.All(await Task.WhenAll(ends), end => Assert.Equal(InferenceEnd.Done, end));
        Assert.All(requests, (request, i) => Assert.Equal(i, BinaryPrimitives.ReadSingleLittleEndian(request.Output.Span)));
        Assert.All(requests, request => Assert.Equal((3, 7, 10L, 20L, "silo-1/cpu-0"),
            (request.BatchRows, request.PriceBookVersion, request.DeviceNanoseconds, request.Picodollars, request.Worker)));
        Assert.Equal([RequestPriority.Normal, RequestPriority.High, RequestPriority.Normal], _worker.Calls.Select(call => call.Terms.Priority));
        Assert.Equal(0, _lane.OutstandingRows);
    }

    [Fact]
    public async Task Infer_OverTheLanesBound_IsTurnedAway()
    {
        var first = _lane.Infer(Request(0, rows: 10)).AsTask();

        Assert.Equal(InferenceEnd.LaneFull, await _lane.Infer(Request(1, rows: 7)));

        Assert.Single(_worker.Calls).Answer();
        Assert.Equal(InferenceEnd.Done, await first);
    }

    [Fact]
    public async Task Infer_CallerGone_EndsAtOnceAndIsCancelledOnTheWorker()
    {
        using var gone = new CancellationTokenSource();
        var request = Request(5);
        request.Cancellation = gone.Token;
        var end = _lane.Infer(request).AsTask();
        await gone.CancelAsync();
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(InferenceEnd.Abandoned, await end);
        var call = Assert.Single(_worker.Calls);
        Assert.Equal([call.Terms.MessageId], _worker.Cancelled);
        Assert.Equal((true, 0), (request.Detached, _lane.OutstandingRows));

        // A late answer changes nothing.
        call.Answer();
        Assert.True(request.Output.IsEmpty);
    }

    [Fact]
    public async Task Infer_DeadlinePasses_EndsAsMissed()
    {
        var request = Request(5);
        request.DeadlineAt = _time.GetTimestamp() + (_time.TimestampFrequency / 10);
        var end = _lane.Infer(request).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(80));
        Assert.False(end.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(InferenceEnd.DeadlineMissed, await end);
        Assert.Equal(100_000_000, Assert.Single(_worker.Calls).Terms.BudgetNanoseconds);
        Assert.Single(_worker.Cancelled);
    }

    [Fact]
    public async Task Infer_DeadlinePassedBefore_IsNeverSent()
    {
        var request = Request(5);
        request.DeadlineAt = _time.GetTimestamp();

        Assert.Equal(InferenceEnd.DeadlineMissed, await _lane.Infer(request));

        Assert.Empty(_worker.Calls);
    }

    [Fact]
    public async Task Infer_WorkerRefuses_EndsWithItsRefusal()
    {
        var (busy, wrong) = (Request(0), Request(1));
        var ends = new[] { _lane.Infer(busy).AsTask(), _lane.Infer(wrong).AsTask() };
        _worker.Calls[0].Fail(new RefusedException(new("worker-overloaded", RefusalKind.Unavailable, "Busy.")));
        _worker.Calls[1].Fail(new RefusedException(new("inference-failed", RefusalKind.Unprocessable, "Wrong.")));

        Assert.Equal([InferenceEnd.WorkerUnavailable, InferenceEnd.Failed], await Task.WhenAll(ends));
        Assert.Equal("inference-failed", Assert.IsType<RefusedException>(wrong.Failure).Refusal.Code);
        Assert.False(_lane.Suspect);
    }

    [Fact]
    public async Task Infer_AnswerOfAnotherSize_Fails()
    {
        var request = Request(0, rows: 2);
        var end = _lane.Infer(request).AsTask();
        Assert.Single(_worker.Calls).Answer(rows: 1);

        Assert.Equal(InferenceEnd.Failed, await end);
        Assert.IsType<InvalidDataException>(request.Failure);
    }

    [Fact]
    public async Task Infer_RequestUsedAgainAfterItsCallerGaveUp_TheLateAnswerIsNotItsOwn()
    {
        var request = Request(1);
        request.DeadlineAt = _time.GetTimestamp() + 1;
        var missed = _lane.Infer(request).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(InferenceEnd.DeadlineMissed, await missed);

        request.DeadlineAt = long.MaxValue;
        var again = _lane.Infer(request).AsTask();
        _worker.Calls[0].Answer(nanoseconds: 1);
        Assert.False(again.IsCompleted);
        _worker.Calls[1].Answer(nanoseconds: 2);

        Assert.Equal((InferenceEnd.Done, 2L), (await again, request.DeviceNanoseconds));
    }

    [Fact]
    public async Task Infer_CancellationFails_EveryRequestEndsAndTheOthersAreCancelledToo()
    {
        _worker.CancelFailure = new ObjectDisposedException("device");
        var requests = new[] { Request(1), Request(2) };
        var ends = Array.ConvertAll(requests, request =>
        {
            request.DeadlineAt = _time.GetTimestamp() + 1;
            return _lane.Infer(request).AsTask();
        });
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal([InferenceEnd.DeadlineMissed, InferenceEnd.DeadlineMissed], await Task.WhenAll(ends));
        Assert.Equal(2, _worker.Cancelled.Count);
    }

    [Fact]
    public async Task Infer_DeviceHangs_IsSuspectedThoughDeadlinesTakeItsRequests()
    {
        var request = Request(1);
        request.DeadlineAt = _time.GetTimestamp() + 1;
        var missed = _lane.Infer(request).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(InferenceEnd.DeadlineMissed, await missed);
        Assert.False(_lane.Suspect);

        _time.Advance(_options.InferTimeout);
        var next = _lane.Infer(Request(2)).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.True(_lane.Suspect);

        foreach (var call in _worker.Calls)
        {
            call.Answer();
        }

        Assert.Equal(InferenceEnd.Done, await next);
        _time.Advance(_options.SuspicionPeriod);
        Assert.False(_lane.Suspect);
    }

    [Fact]
    public async Task Infer_FirstRequestAfterALongRest_IsNoSignOfAHang()
    {
        var first = _lane.Infer(Request(1)).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        _worker.Calls[0].Answer();
        await first;
        _time.Advance(TimeSpan.FromMilliseconds(20));
        _time.Advance(_options.InferTimeout);

        var second = _lane.Infer(Request(2)).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.False(_lane.Suspect);

        _worker.Calls[1].Answer();
        Assert.Equal(InferenceEnd.Done, await second);
    }

    private static PendingInference Request(int value, int rows = 1)
    {
        var request = PendingInference.Rent();
        request.Rows = rows;
        for (var i = 0; i < rows; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(request.Input.Append(4), value);
            BinaryPrimitives.WriteSingleLittleEndian(request.Input.Append(4), 0);
        }

        return request;
    }
}
