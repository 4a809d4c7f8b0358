using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Problems;

/// <summary>Tries again what failed because a silo left the cluster: its grains come up elsewhere within seconds. Only for what may be done twice.</summary>
internal sealed class Failover(IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <param name="mayRepeat">Asked after a failure; null: always.</param>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task<T> Run<T>(Func<Task<T>> attempt, CancellationToken cancellation, Func<bool>? mayRepeat = null)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause *= 2)
        {
            try
            {
                return await attempt();
            }
            catch (Exception failure) when (Failures.IsFailover(failure) && time.GetElapsedTime(began) + pause <= options.Value.FailoverWait && mayRepeat?.Invoke() != false)
            {
                await Task.Delay(pause, time, cancellation);
            }
        }
    }
}
