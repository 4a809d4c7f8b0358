using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Grains.Workers;

namespace AiFactory.Hosting.Workers;

/// <summary>Writes devices' time into the decision log, so that cost is computed from one history.</summary>
internal sealed class DecisionLogDeviceTimeSink(IDecisionLog log) : IDeviceTimeSink
{
    public void Append(DeviceTimeRecord record) => log.Append(record);
}
