using System.Buffers.Binary;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Workers;

public sealed class MessageLaneTests
{
    private const string Model = "default/churn-mlp/1";

    private readonly FakeWorker _worker = new("silo-1/cpu-0");
    private readonly GatewayOptions _options = new() { LaneMessagesMax = 1, MessageRowsMax = 8, LaneRowsMax = 16 };
    private readonly FakeTimeProvider _time = new();
    private readonly MessageLane _lane;

    public MessageLaneTests()
    {
        _worker.Signatures[Model] = Routes.Numeric();
        _lane = new MessageLane(_worker, new("silo-1", "cpu-0"), Model, new PackedRows(Routes.Numeric().Outputs), _options, _time);
    }

    [Fact]
    public async Task Infer_WhileAMessageIsOnItsWay_TheRestLeavesTogether()
    {
        _worker.Hold();
        var requests = Enumerable.Range(0, 6).Select(i => Request(i)).ToArray();
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        Assert.Equal(6, _lane.OutstandingRows);

        _worker.Release(2);
        await Task.WhenAll(ends);

        Assert.Equal([1, 5], _worker.Messages);
        Assert.All(requests, (request, i) => Assert.Equal(i, BinaryPrimitives.ReadSingleLittleEndian(request.Output.Span)));
        Assert.Equal(0, _lane.OutstandingRows);
    }

    [Fact]
    public async Task Infer_MoreRowsThanAMessageTakes_LeaveInSeveral()
    {
        _worker.Hold();
        var ends = Enumerable.Range(0, 12).Select(i => _lane.Infer(Request(i)).AsTask()).ToArray();
        _worker.Release(12);

        await Task.WhenAll(ends);

        Assert.Equal([1, 8, 3], _worker.Messages);
    }

    [Fact]
    public async Task Infer_SeveralRequestsInAMessage_SharesSumExactlyByLargestRemainder()
    {
        (_worker.Nanoseconds, _worker.Picodollars) = (1001, 502);
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        var requests = new[] { Request(1), Request(2, rows: 3), Request(3, rows: 2) };
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        _worker.Release(2);
        await Task.WhenAll([first, .. ends]);

        // 1001 over 1:3:2 is 166.83, 500.5, 333.67; 502 is 83.67, 251, 167.33.
        Assert.Equal([167L, 500L, 334L], requests.Select(request => request.DeviceNanoseconds));
        Assert.Equal([84L, 251L, 167L], requests.Select(request => request.Picodollars));
        Assert.All(requests, request => Assert.Equal((6, 7), (request.BatchRows, request.PriceBookVersion)));
    }

    [Fact]
    public async Task Infer_OverTheLanesBound_IsTurnedAway()
    {
        _worker.Hold();
        var ends = Enumerable.Range(0, 16).Select(i => _lane.Infer(Request(i)).AsTask()).ToArray();

        Assert.Equal(InferenceEnd.LaneFull, await _lane.Infer(Request(17)));

        _worker.Release(16);
        Assert.All(await Task.WhenAll(ends), end => Assert.Equal(InferenceEnd.Done, end));
    }

    [Fact]
    public async Task Infer_CallerGoneBeforeItsRowsLeave_AreNeverSent()
    {
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        using var gone = new CancellationTokenSource();
        var left = Request(1);
        left.Cancellation = gone.Token;
        var abandoned = _lane.Infer(left).AsTask();
        var stayed = _lane.Infer(Request(2)).AsTask();
        await gone.CancelAsync();
        _worker.Release(3);

        Assert.Equal([InferenceEnd.Done, InferenceEnd.Abandoned, InferenceEnd.Done], await Task.WhenAll(first, abandoned, stayed));
        Assert.Equal([1, 1], _worker.Messages);
        Assert.Equal(0, _lane.OutstandingRows);
    }

    [Fact]
    public async Task Infer_OneRequestSpoilsAMessage_TheOthersAreServed()
    {
        _worker.Failure = message => ContainsRow(message.PackedRows.Span, 2) ? new RefusedException(new("engine-failed", RefusalKind.Unprocessable, "No.")) : null;
        _worker.Hold();
        var ends = Enumerable.Range(0, 4).Select(i => _lane.Infer(Request(i)).AsTask()).ToArray();
        _worker.Release(20);

        Assert.Equal([InferenceEnd.Done, InferenceEnd.Done, InferenceEnd.Failed, InferenceEnd.Done], await Task.WhenAll(ends));
        Assert.Equal([1, 3, 1, 1, 1], _worker.Messages);
        Assert.False(_lane.Suspect);
    }

    [Fact]
    public async Task Infer_SiloUnavailable_EndsAsUnavailableAndTheLaneIsSuspect()
    {
        _worker.Failure = _ => new SiloUnavailableException("gone");

        Assert.Equal(InferenceEnd.WorkerUnavailable, await _lane.Infer(Request(0)));

        Assert.True(_lane.Suspect);
    }

    [Fact]
    public async Task Infer_WorkerThatDoesNotAnswer_EndsAsUnavailableAfterTheTimeout()
    {
        _worker.Hold();
        var end = _lane.Infer(Request(0)).AsTask();
        _time.Advance(_options.InferTimeout);

        Assert.Equal(InferenceEnd.WorkerUnavailable, await end);
        Assert.Equal([Assert.Single(_worker.Terms).MessageId], _worker.Cancelled);
        _worker.Release(1);
    }

    [Fact]
    public async Task Infer_MessageFailsAfterALongTime_IsNotSentAgain()
    {
        var (ends, _) = await SendThree();
        _worker.Failure = _ => new InvalidOperationException("broken");
        _time.Advance(_options.InferTimeout / 2);
        _worker.Release(10);

        Assert.All(await Task.WhenAll(ends), end => Assert.Equal(InferenceEnd.Failed, end));
        Assert.Equal([1, 3], _worker.Messages);
        Assert.Equal(0, _lane.OutstandingRows);
    }

    [Fact]
    public async Task Infer_MessageFails_OnlyThoseThatStillWaitAreSentAgain()
    {
        using var gone = new CancellationTokenSource();
        var (ends, requests) = await SendThree();
        _worker.Failure = message =>
        {
            if (message.Rows > 1)
            {
                // Before the lane has noticed by itself.
                gone.Cancel();
                return new InvalidOperationException("broken");
            }

            return null;
        };
        requests[1].Cancellation = gone.Token;
        _worker.Release(10);

        Assert.Equal([InferenceEnd.Done, InferenceEnd.Abandoned, InferenceEnd.Done], await Task.WhenAll(ends));
        Assert.Equal([1, 3, 1, 1], _worker.Messages);
    }

    [Fact]
    public async Task Infer_MessageWithSequencesFails_SentAgainOnlyWhereTheWorkerSaidNo()
    {
        var (ends, requests) = await SendThree();
        requests[0].SequenceId = "s";
        _worker.Failure = message => message.Rows > 1 ? new InvalidDataException("broken on its way") : null;
        _worker.Release(10);

        Assert.Equal([InferenceEnd.Failed, InferenceEnd.Done, InferenceEnd.Done], await Task.WhenAll(ends));
        Assert.IsType<InvalidDataException>(requests[0].Failure);
        Assert.Equal([1, 3, 1, 1], _worker.Messages);
    }

    [Fact]
    public async Task Infer_ReplyWithTooFewRows_Fails()
    {
        _worker.Row = static (_, _) => { };
        var request = Request(0);

        Assert.Equal(InferenceEnd.Failed, await _lane.Infer(request));

        Assert.IsType<InvalidDataException>(request.Failure);
    }

    [Fact]
    public async Task Infer_SeveralClasses_HigherOnesLeaveFirstAndApart()
    {
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        var requests = new[] { RequestPriority.Low, RequestPriority.Normal, RequestPriority.High, RequestPriority.Low, RequestPriority.High }.Select((priority, i) =>
        {
            var request = Request(i);
            (request.Priority, request.ObjectiveMicroseconds) = (priority, 1000 + i);
            return request;
        }).ToArray();
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        _worker.Release(4);
        await Task.WhenAll([first, .. ends]);

        Assert.Equal([1, 2, 1, 2], _worker.Messages);
        Assert.Equal([RequestPriority.Normal, RequestPriority.High, RequestPriority.Normal, RequestPriority.Low], _worker.Terms.Select(terms => terms.Priority));
        Assert.Equal([1002, 1001, 1000], _worker.Terms.Skip(1).Select(terms => terms.ObjectiveMicroseconds));
        Assert.All(requests, (request, i) => Assert.Equal(i, BinaryPrimitives.ReadSingleLittleEndian(request.Output.Span)));
    }

    [Fact]
    public async Task Infer_WithDeadline_TheWorkerIsToldTheTimeThatIsLeft()
    {
        var request = Request(0);
        request.DeadlineAt = _time.GetTimestamp() + (_time.TimestampFrequency / 4);

        await _lane.Infer(request);

        Assert.Equal(250_000_000, Assert.Single(_worker.Terms).BudgetNanoseconds);
    }

    [Fact]
    public async Task Infer_DeadlinePassesInTheQueue_IsNeverSent()
    {
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        var late = Request(1);
        late.DeadlineAt = _time.GetTimestamp() + (_time.TimestampFrequency / 10);
        var missed = _lane.Infer(late).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(InferenceEnd.DeadlineMissed, await missed);
        Assert.False(late.Detached);

        _worker.Release(1);
        await first;
        Assert.Equal([1], _worker.Messages);
        Assert.Equal(0, _lane.OutstandingRows);
    }

    [Fact]
    public async Task Infer_EveryCallerOfAMessageGone_ItIsCancelledAndAnswersNobody()
    {
        _worker.Hold();
        using var gone = new CancellationTokenSource();
        var first = Request(0);
        first.Cancellation = gone.Token;
        var end = _lane.Infer(first).AsTask();
        await gone.CancelAsync();
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(InferenceEnd.Abandoned, await end);
        Assert.Equal([Assert.Single(_worker.Terms).MessageId], _worker.Cancelled);
        Assert.True(first.Detached, "The worker may still read its rows.");
        Assert.Equal(0, _lane.OutstandingRows);

        var second = Request(7);
        var served = _lane.Infer(second).AsTask();
        _worker.Release(2);
        Assert.Equal(InferenceEnd.Done, await served);
        Assert.Equal(7, BinaryPrimitives.ReadSingleLittleEndian(second.Output.Span));
        Assert.True(first.Output.IsEmpty);
    }

    [Fact]
    public async Task Infer_OneCallerOfAMessageGone_TheOthersAreServed()
    {
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        using var gone = new CancellationTokenSource();
        var requests = Enumerable.Range(1, 3).Select(i => Request(i, rows: i)).ToArray();
        requests[1].Cancellation = gone.Token;
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        _worker.Release(1);
        await first;
        await Condition.Until(() => _worker.Messages.Count == 2);
        await gone.CancelAsync();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(InferenceEnd.Abandoned, await ends[1]);
        _worker.Release(1);

        Assert.Equal([InferenceEnd.Done, InferenceEnd.Abandoned, InferenceEnd.Done], await Task.WhenAll(ends));
        Assert.Empty(_worker.Cancelled);
        Assert.Equal((1, 3), (BinaryPrimitives.ReadSingleLittleEndian(requests[0].Output.Span), BinaryPrimitives.ReadSingleLittleEndian(requests[2].Output.Span)));
        Assert.Equal(12, requests[2].Output.Length);
    }

    [Fact]
    public async Task Infer_ManyCallersGone_LeaveNothingWaiting()
    {
        (_options.LaneRowsMax, _options.MessageRowsMax) = (100_000, 256);
        _worker.Hold();
        using var gone = new CancellationTokenSource();
        var ends = Enumerable.Range(0, 10_000).Select(i =>
        {
            var request = Request(i);
            request.Cancellation = gone.Token;
            return _lane.Infer(request).AsTask();
        }).ToArray();
        await gone.CancelAsync();
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.All(await Task.WhenAll(ends), end => Assert.Equal(InferenceEnd.Abandoned, end));
        Assert.Equal(0, _lane.OutstandingRows);
        Assert.Single(_worker.Cancelled);

        _worker.Release(2);
        Assert.Equal(InferenceEnd.Done, await _lane.Infer(Request(1)));
        Assert.Equal([1, 1], _worker.Messages);
    }

    [Fact]
    public async Task Infer_ManyThreads_EveryRequestGetsItsOwnRow()
    {
        _options.LaneRowsMax = 100_000;
        await Parallel.ForAsync(0, 5000, TestContext.Current.CancellationToken, async (i, _) =>
        {
            var request = PendingInference.Rent();
            Fill(request, i, 1);
            Assert.Equal(InferenceEnd.Done, await _lane.Infer(request));
            Assert.Equal(i, BinaryPrimitives.ReadSingleLittleEndian(request.Output.Span));
            request.Return();
        });

        Assert.Equal(5000, _worker.Messages.Sum());
        Assert.Equal(0, _lane.OutstandingRows);
    }

    // Three requests on their way in one message, which the worker holds.
    private async Task<(Task<InferenceEnd>[] Ends, PendingInference[] Requests)> SendThree()
    {
        _worker.Hold();
        var first = _lane.Infer(Request(0)).AsTask();
        var requests = Enumerable.Range(1, 3).Select(i => Request(i)).ToArray();
        var ends = requests.Select(request => _lane.Infer(request).AsTask()).ToArray();
        _worker.Release(1);
        await first;
        await Condition.Until(() => _worker.Messages.Count == 2);
        return (ends, requests);
    }

    private static PendingInference Request(int value, int rows = 1)
    {
        var request = PendingInference.Rent();
        Fill(request, value, rows);
        return request;
    }

    private static void Fill(PendingInference request, int value, int rows)
    {
        request.Rows = rows;
        for (var i = 0; i < rows; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(request.Input.Append(4), value);
            BinaryPrimitives.WriteSingleLittleEndian(request.Input.Append(4), 0);
        }
    }

    private static bool ContainsRow(ReadOnlySpan<byte> rows, float value)
    {
        for (var at = 0; at < rows.Length; at += 8)
        {
            if (BinaryPrimitives.ReadSingleLittleEndian(rows[at..]) == value)
            {
                return true;
            }
        }

        return false;
    }
}
