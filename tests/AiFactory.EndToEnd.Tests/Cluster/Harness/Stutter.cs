namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Stops a process and has it go on, many times a second, so that it crawls: it runs in one beat of <see cref="Beats"/>.</summary>
internal sealed class Stutter : IAsyncDisposable
{
    private const int Beats = 4;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(40);
    private readonly Member _member;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _work;

    public Stutter(Member member)
    {
        _member = member;
        _work = Task.Run(Work);
    }

    /// <summary>It runs as ever again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        _stopping.Dispose();
    }

    private async Task Work()
    {
        using var timer = new PeriodicTimer(Beat);
        var suspended = false;
        try
        {
            for (var beat = 0; _member.Process.Alive; beat++)
            {
                var runs = beat % Beats == 0;
                if (runs == suspended)
                {
                    Signal(suspended = !runs);
                }

                await timer.WaitForNextTickAsync(_stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            if (suspended && _member.Process.Alive)
            {
                Signal(suspend: false);
            }
        }
    }

    private void Signal(bool suspend)
    {
        if (suspend)
        {
            _member.Suspend();
        }
        else
        {
            _member.Resume();
        }
    }
}
