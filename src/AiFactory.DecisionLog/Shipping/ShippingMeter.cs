using System.Diagnostics.Metrics;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>Figures of the shipping of a log.</summary>
internal sealed class ShippingMeter : IDisposable
{
    public const string Name = "AiFactory.DecisionLog";

    private readonly Meter _meter = new(Name);

    public ShippingMeter(ILogShipping shipping)
    {
        _meter.CreateObservableCounter("aifactory.log.shipped", () => Of(shipping, status => status.ShippedBytes), "By", "Bytes of the decision log put into the object store.");
        _meter.CreateObservableCounter("aifactory.log.shipping.failures", () => Of(shipping, status => status.Failures), "{failure}", "Tries to ship the decision log that failed.");
        _meter.CreateObservableGauge("aifactory.log.shipping.lag.size", () => Of(shipping, status => status.LagBytes), "By", "Bytes of the decision log that are not in the object store.");
        _meter.CreateObservableGauge(
            "aifactory.log.shipping.lag.time", () => Of(shipping, status => status.LagSeconds), "s", "How long ago all of the decision log was in the object store.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<T> Of<T>(ILogShipping shipping, Func<ShippingStatus, T> figure)
        where T : struct
    {
        var status = shipping.Status;
        return new(figure(status), new KeyValuePair<string, object?>("log", status.Log));
    }
}
