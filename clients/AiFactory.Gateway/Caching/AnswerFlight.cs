using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Caching;

/// <summary>An input that a model computes at present. Others with the same input wait for it here instead of having it computed again.</summary>
internal sealed class AnswerFlight(AnswerFlights flights, ulong hash, RequestPriority priority)
{
    private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ulong Hash => hash;

    /// <summary>Of the request that has it computed: more urgent ones do not wait for it.</summary>
    public RequestPriority Priority => priority;

    /// <summary>It is over: the answer is in the cache, or will not come this way.</summary>
    public void Land()
    {
        flights.Remove(this);
        _landed.TrySetResult();
    }

    /// <summary>Returns once it has landed, or after that time.</summary>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask Wait(TimeSpan most, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await _landed.Task.WaitAsync(most, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Whoever waited goes its own way.
        }
        finally
        {
            flights.Leave();
        }
    }
}
