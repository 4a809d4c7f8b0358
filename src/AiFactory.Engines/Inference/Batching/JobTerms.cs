using AiFactory.Domain.Endpoints;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>How a message is to be treated on its device.</summary>
/// <param name="Priority">It goes before all waiting messages of lower classes, of whatever model; those move up a class for each <see cref="BatchingOptions.AgingMs"/> they wait.</param>
/// <param name="ObjectiveMicroseconds">Latency that batching keeps to, above 0.</param>
/// <param name="BudgetNanoseconds">Time left until no answer is of use; <see cref="long.MaxValue"/>: any time.</param>
/// <param name="MessageId">A name for <see cref="DeviceExecutor.Cancel(string, long)"/>; 0: none.</param>
public readonly record struct JobTerms(RequestPriority Priority, int ObjectiveMicroseconds, long BudgetNanoseconds, long MessageId)
{
    public static readonly JobTerms Default = new(RequestPriority.Normal, 100_000, long.MaxValue, 0);
}
