using AiFactory.Domain.Decisions;

namespace AiFactory.Grains.Workers;

/// <summary>Keeps what devices cost, beside the decisions they were used for.</summary>
public interface IDeviceTimeSink
{
    /// <exception cref="Domain.Refusals.RefusedException">It cannot be kept now; the caller adds the time to its next record.</exception>
    void Append(DeviceTimeRecord record);
}
