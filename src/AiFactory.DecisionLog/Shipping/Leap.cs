using AiFactory.DecisionLog.Segments;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <param name="ShippedTail">Where the shipped log ends: the log's tail.</param>
/// <param name="BaseAddress">Where it goes on.</param>
internal readonly record struct Leap(long ShippedTail, long BaseAddress);

/// <summary>
/// Whether a silo that opens its log has lost what it shipped: its disk is new, or an older copy of it. Then the log goes on after all that anybody can have been told
/// of, at an address that nobody of its name has written to: records that were acknowledged and lost before they were shipped keep their addresses for ever, unread.
/// </summary>
internal static class Leaps
{
    /// <summary>
    /// More than a log has room for on a disk without being shipped, so that no lost record lies beyond it. Addresses of decision ids (56 bits) allow 65,535 leaps.
    /// </summary>
    private const long Stride = 1L << 40;

    /// <returns>Null when the log goes on where it ends here.</returns>
    /// <exception cref="RefusedException"><c>log-store-unavailable</c>: there is no log here, and whether one was shipped cannot be known.</exception>
    public static Leap? Look(ShippedLog shipped, RecoveredLog recovered, DecisionLogOptions options, string place, ILogger logger)
    {
        var last = recovered.Segments.LastOrDefault() ?? recovered.Spares.FirstOrDefault();
        try
        {
            if (last is null)
            {
                return Begin(shipped, options);
            }

            var tail = shipped.WholeTail(last.BaseAddress);
            return tail > recovered.Tail && tail > last.FirstAddress ? LeapOver(shipped, tail, options) : null;
        }
#pragma warning disable CA1031 // Whatever store it is, and however it fails.
        catch (Exception problem) when (last is not null)
#pragma warning restore CA1031
        {
            ShippingLog.NotLookedAt(logger, place, problem);
            return null;
        }
#pragma warning disable CA1031
        catch (Exception problem) when (problem is not RefusedException { Refusal.Code: "log-addresses-spent" })
#pragma warning restore CA1031
        {
            throw LogRefusals.StoreUnavailable(options.Name, place, problem);
        }
    }

    private static Leap? Begin(ShippedLog shipped, DecisionLogOptions options) =>
        !shipped.Began() && shipped.TryBegin(0) ? null : LeapOver(shipped, shipped.WholeTail(), options);

    private static Leap LeapOver(ShippedLog shipped, long tail, DecisionLogOptions options)
    {
        var stride = (options.BytesMax / Stride * Stride) + Stride;
        for (var next = ((tail / Stride) + 1) * Stride + stride - Stride; next < 1L << 56; next += Stride)
        {
            if (shipped.TryBegin(next))
            {
                return new Leap(tail, next);
            }
        }

        throw LogRefusals.AddressesSpent(options.Name);
    }
}
