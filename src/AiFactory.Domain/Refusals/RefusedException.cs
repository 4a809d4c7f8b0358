namespace AiFactory.Domain.Refusals;

/// <summary>Carries a <see cref="Refusal"/> out of a grain or a service to the edge that answers it.</summary>
public sealed class RefusedException(Refusal refusal, Exception? inner = null) : Exception(refusal.ToString(), inner)
{
    public Refusal Refusal { get; } = refusal;
}
