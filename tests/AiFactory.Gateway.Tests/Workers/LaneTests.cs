using System.Buffers.Binary;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Workers;

public sealed class LaneTests
{
    private const string Model = "default/churn-mlp/1";

    private readonly FakeWorker _worker = new("silo-1/cpu-0");
    private readonly GatewayOptions _options = new() { LaneMessagesMax = 1, MessageRowsMax = 8, LaneRowsMax = 16 };
    private readonly Lane _lane;

    public LaneTests()
    {
        _worker.Signatures[Model] = Routes.Numeric();
        _lane = new(_worker, new("silo-1", "cpu-0"), Model, new PackedRows(Routes.Numeric().Outputs), _options, TimeProvider.System);
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
        _options.InferTimeout = TimeSpan.FromMilliseconds(50);
        _worker.Hold();

        Assert.Equal(InferenceEnd.WorkerUnavailable, await _lane.Infer(Request(0)));

        _worker.Release(1);
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
