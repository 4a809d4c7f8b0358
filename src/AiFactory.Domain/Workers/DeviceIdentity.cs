namespace AiFactory.Domain.Workers;

/// <summary>
/// Names the physical thing that a device is, so that two silos that see one thing can tell. A GPU or a slice of one has the UUID that its driver gives; a
/// CPU slot is a share of a host's processors that only its own silo can name.
/// </summary>
public static class DeviceIdentity
{
    private const string CpuPrefix = "cpu:";

    /// <param name="host">The machine's id.</param>
    public static string OfCpuSlot(string host, string siloName, string slot) => $"{CpuPrefix}{host}/{siloName}/{slot}";

    /// <summary>Whether another silo may name the same thing, so that it has to be claimed before it is used.</summary>
    public static bool IsShared(Device device) => device.Identity is { Length: > 0 } identity && !identity.StartsWith(CpuPrefix, StringComparison.Ordinal);
}
