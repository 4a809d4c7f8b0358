using System.Threading.Channels;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Routing;
using Grpc.Core;

namespace AiFactory.Gateway.Grpc;

/// <summary>
/// A stream of inferences, answered in the order they came. Many are on their way at a time; a request of a sequence is answered before the next one
/// is read, since the model's memory of it must be there. What one request is refused for is told in its place, and the stream goes on.
/// </summary>
internal sealed class InferStream(InferWireHandler handler, string tenant, TenantRoutes routes, ServerCallContext call, Func<Exception, Refusal> refuse)
{
    private const int OutstandingMax = 64;
    private const int ErrorField = 1;
    private const int ReplyField = 2;

    private readonly long _deadlineAt = handler.Deadline(call);
    private readonly Channel<Task<WireMessage>> _answers = Channel.CreateBounded<Task<WireMessage>>(new BoundedChannelOptions(OutstandingMax) { SingleReader = true, SingleWriter = true });

    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task Run(IAsyncStreamReader<WireMessage> requests, IServerStreamWriter<WireMessage> responses)
    {
        var writing = Write(responses);
        try
        {
            while (!writing.IsCompleted && await requests.MoveNext(call.CancellationToken))
            {
                var answer = Answer(requests.Current, out var sequence);
                await _answers.Writer.WriteAsync(answer, call.CancellationToken);
                if (sequence)
                {
                    await answer;
                }
            }
        }
        finally
        {
            _answers.Writer.Complete();
        }

        await writing;
    }

    private async Task Write(IServerStreamWriter<WireMessage> responses)
    {
        await foreach (var answer in _answers.Reader.ReadAllAsync(CancellationToken.None))
        {
            var reply = await answer;
            if (!call.CancellationToken.IsCancellationRequested)
            {
                await responses.WriteAsync(reply);
            }
        }
    }

    private Task<WireMessage> Answer(WireMessage request, out bool sequence)
    {
        sequence = false;
        try
        {
            return Settle(handler.Infer(request, tenant, routes, call, _deadlineAt, ReplyField, held: null, out sequence), request);
        }
        catch (Exception failure)
        {
            return Settle(Task.FromException<WireMessage>(failure), request);
        }
    }

    // Never fails: whatever went wrong is the answer.
    private async Task<WireMessage> Settle(Task<WireMessage> answer, WireMessage request)
    {
        try
        {
            return await answer;
        }
        catch (Exception failure)
        {
            var error = WireMessage.Rent();
            var refusal = failure is OperationCanceledException ? new Refusal("cancelled", RefusalKind.Unavailable, "The stream was cancelled.") : refuse(failure);
            WireWriter.Text(error.Bytes, ErrorField, refusal.ToString());
            var reply = WireWriter.Open(error.Bytes, ReplyField);
            CopyName(request, error);
            WireWriter.Close(error.Bytes, reply);
            return error;
        }
        finally
        {
            request.Return();
        }
    }

    // Model and id of the request, so that the caller knows which one it was; they have the same fields in request and reply.
    private static void CopyName(WireMessage request, WireMessage error)
    {
        const int ModelField = 1;
        const int IdField = 3;
        var bytes = request.Bytes.Span;
        var reader = new WireReader(bytes, new(0, bytes.Length));
        try
        {
            while (reader.Next(out var field, out var type))
            {
                if (field is ModelField or IdField && type == WireType.Bytes)
                {
                    WireWriter.Text(error.Bytes, field, reader.Bytes().Text(bytes));
                }
                else
                {
                    reader.Skip(type);
                }
            }
        }
        catch (RefusedException)
        {
            // That it is malformed is what the error says already.
        }
    }
}
