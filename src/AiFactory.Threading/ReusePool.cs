using System.Collections.Concurrent;

namespace AiFactory.Threading;

/// <summary>
/// Objects of a type that are used again. Each thread keeps a few at hand; what it has too many of, others take. Dropped beyond a bound, so that a burst does
/// not hold its memory for ever.
/// </summary>
public static class ReusePool<T>
    where T : class
{
    private const int AtHandMax = 32;
    private const int SharedMax = 4096;

    private static readonly ConcurrentQueue<T> Shared = new();
    private static int s_shared;

    [ThreadStatic]
    private static Stack<T>? t_atHand;

#pragma warning disable CA1000 // Each type has its own.
    /// <returns>Null where there is none: make one.</returns>
    public static T? TryRent()
    {
        if (t_atHand is { } atHand && atHand.TryPop(out var item))
        {
            return item;
        }

        if (!Shared.TryDequeue(out item))
        {
            return null;
        }

        Interlocked.Decrement(ref s_shared);
        return item;
    }

    /// <summary>Gives back an object that nobody else uses any more.</summary>
    public static void Return(T item)
    {
        var atHand = t_atHand ??= new(AtHandMax);
        if (atHand.Count < AtHandMax)
        {
            atHand.Push(item);
        }
        else if (Interlocked.Increment(ref s_shared) <= SharedMax)
        {
            Shared.Enqueue(item);
        }
        else
        {
            Interlocked.Decrement(ref s_shared);
        }
    }
#pragma warning restore CA1000
}
