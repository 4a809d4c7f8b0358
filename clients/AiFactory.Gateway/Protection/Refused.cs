using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Protection;

/// <summary>That a request is not answered, and why. Passed on as a value, which costs nothing beside what an exception does.</summary>
internal sealed class Refused
{
    /// <param name="why">A refusal known beforehand.</param>
    /// <param name="retryAfterSeconds">When another try may go better, at least 1; 0: it says nothing of it.</param>
    public Refused(PreparedRefusal why, int retryAfterSeconds = 0) => (Why, RetryAfterSeconds) = (why, retryAfterSeconds);

    /// <param name="failure">What a worker or its engine said.</param>
    public Refused(Exception failure) => Failure = failure;

    /// <summary>Null with a <see cref="Failure"/>.</summary>
    public PreparedRefusal? Why { get; }

    public int RetryAfterSeconds { get; }

    public Exception? Failure { get; }

    /// <summary>Whether something else than the variant asked may answer; no for a request that asks for what cannot be.</summary>
    public bool MayFallBack => Failure is null || IsServers(Failure);

    /// <summary>Whether a failure is the factory's or the model's, not the request's and not for lack of room.</summary>
    public static bool IsServers(Exception failure) => failure is not RefusedException refused
        || refused.Refusal.Kind is RefusalKind.Fault or RefusalKind.Unavailable or RefusalKind.Timeout or RefusalKind.StorageFull;

    /// <summary>As an exception.</summary>
    public Exception ToException() => Failure ?? new RefusedException(Why!.Refusal);
}
