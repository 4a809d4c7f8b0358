using AiFactory.Domain;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>Whether ONNX Runtime's native library loads.</summary>
internal sealed class OnnxProbe : INativeProbe
{
    private const string Component = "ONNX Runtime";

    public HealthFinding Probe()
    {
        try
        {
            var environment = OrtEnv.Instance();
            return new(Component, true, $"{environment.GetVersionString()} with {string.Join(", ", environment.GetAvailableProviders())}");
        }
#pragma warning disable CA1031 // Any failure to load is what the probe is there to tell.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return new(Component, false, "The native library does not load.", Innermost(failure).Message,
                "Restore the packages for this operating system and processor (RuntimeIdentifier), and install libstdc++ and libgomp.");
        }
    }

    private static Exception Innermost(Exception failure) => failure.InnerException is { } inner ? Innermost(inner) : failure;
}
