using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Protection;

/// <summary>That a request is refused, and why; the default value: it is not. Costs nothing to pass on, unlike an exception.</summary>
/// <param name="RetryAfterSeconds">When another try may go better, at least 1; 0: it says nothing of it.</param>
internal readonly record struct Refused(PreparedRefusal? Why, int RetryAfterSeconds = 0)
{
    public bool Any => Why is not null;

    /// <exception cref="RefusedException">It is refused.</exception>
    public void Throw()
    {
        if (Why is not null)
        {
            throw new RefusedException(Why.Refusal);
        }
    }
}
