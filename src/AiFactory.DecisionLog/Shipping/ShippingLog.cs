using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

internal static partial class ShippingLog
{
    [LoggerMessage(20, LogLevel.Warning, "Shipped part {Path} is not whole, or not what its name says; it counts as not there")]
    public static partial void PartTorn(ILogger logger, string path);

    [LoggerMessage(21, LogLevel.Warning, "Whether more of the decision log was shipped to {Place} than is here could not be seen; it goes on where it ends here")]
    public static partial void NotLookedAt(ILogger logger, string place, Exception reason);

    [LoggerMessage(22, LogLevel.Warning, "Decision log {Log} cannot be shipped to {Place}; next try in {RetryAfter}")]
    public static partial void Paused(ILogger logger, string log, string place, TimeSpan retryAfter, Exception reason);

    [LoggerMessage(23, LogLevel.Information, "Decision log {Log} is shipped to {Place} again, up to {ShippedTo}")]
    public static partial void Resumed(ILogger logger, string log, string place, long shippedTo);

    [LoggerMessage(24, LogLevel.Critical, "Decision log {Log} differs from what was shipped to {Place} under its name, in {Path}: an older copy of the data folder was put back, or another silo has the name. Nothing more is shipped. Stop this silo and start it with an empty data folder, or under another name")]
    public static partial void Forked(ILogger logger, string log, string place, string path);

    [LoggerMessage(25, LogLevel.Information, "Decision log {Log}: removed segment {Path}, which was shipped")]
    public static partial void Dropped(ILogger logger, string log, string path);
}
