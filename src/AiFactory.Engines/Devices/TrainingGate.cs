using System.Diagnostics;

namespace AiFactory.Engines.Devices;

/// <summary>
/// Holds training steps back while inference is hard pressed, but never for more than four times as long as the step before took: training keeps at
/// least a fifth of its pace. Each training thread has a gate of its own.
/// </summary>
/// <param name="isPressed">Whether inference comes close to its objective at present.</param>
public sealed class TrainingGate(Func<bool> isPressed)
{
    /// <summary>Longest pause, in multiples of the step before.</summary>
    public const int PauseFactor = 4;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    private TimeSpan _owed;

    /// <summary>Time that steps have waited so far.</summary>
    public TimeSpan Paused { get; private set; }

    /// <summary>Whether a step has to wait on.</summary>
    /// <param name="owed">What the steps before computed since the last pause.</param>
    /// <param name="waited">Of this pause.</param>
    public static bool MustWait(bool pressed, TimeSpan owed, TimeSpan waited) => pressed && waited < PauseMax && waited < PauseFactor * owed;

    /// <summary>Waits as long as it must, then runs a step on the calling thread.</summary>
    public void Run(Action step)
    {
        var began = Stopwatch.GetTimestamp();
        while (MustWait(isPressed(), _owed, Stopwatch.GetElapsedTime(began)))
        {
            Thread.Sleep(Look);
        }

        Paused += Stopwatch.GetElapsedTime(began);
        began = Stopwatch.GetTimestamp();
        step();
        _owed = Stopwatch.GetElapsedTime(began);
    }
}
