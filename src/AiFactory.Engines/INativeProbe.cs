using AiFactory.Domain;

namespace AiFactory.Engines;

/// <summary>Looks whether a native library loads and works, and names the real cause when it does not.</summary>
public interface INativeProbe
{
    HealthFinding Probe();
}
