using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;

namespace AiFactory.Gateway.Logs;

/// <summary>Looks at decision logs for operators. A log that is not shipped, where none is, is the silo's own.</summary>
internal sealed class LogInspection(IDecisionLog log, IShippedLogs? shipped = null, ILogShipping? shipping = null)
{
    private const double LagSecondsMax = 60;

    public Task<IReadOnlyList<DecisionLogStatus>> List() => Task.Run<IReadOnlyList<DecisionLogStatus>>(() =>
    {
        var names = shipped?.Names() ?? [];
        return [.. names.Append(log.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(Describe)];
    });

    /// <summary>Whether this silo's log is shipped.</summary>
    public bool Ships => shipping is not null;

    /// <summary>What is well about the shipping of this silo's log.</summary>
    /// <exception cref="InvalidOperationException">It is behind; the message says why.</exception>
    public string Examine()
    {
        var status = shipping!.Status;
        return status.LastFailure is null && status.LagSeconds < LagSecondsMax
            ? FormattableString.Invariant($"'{status.Log}' is shipped to {status.Place} up to {status.ShippedTo}, {status.LagBytes} bytes behind.")
            : throw new InvalidOperationException(FormattableString.Invariant(
                $"'{status.Log}' is {status.LagBytes} bytes and {status.LagSeconds:F0} s behind at {status.Place}: {status.LastFailure ?? "it does not keep up"}"));
    }

    private DecisionLogStatus Describe(string name)
    {
        var own = name == log.Name;
        var status = own ? shipping?.Status : null;
        return new(
            name, status?.ShippedTo ?? shipped?.Tail(name) ?? 0, own ? log.Tail : null, status?.LagBytes, status?.LagSeconds, status?.Failures, status?.LastFailure);
    }
}
