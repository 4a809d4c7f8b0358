using AiFactory.Domain;
using AiFactory.Engines.Native;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Native;

/// <summary>Looks whether libtorch loads and computes.</summary>
internal sealed class TorchProbe : INativeProbe
{
    private const string Component = "libtorch";

    private static string FileName =>
        OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    public HealthFinding Probe()
    {
        try
        {
            TorchRuntime.Start();
            using var scope = NewDisposeScope();
            var two = ones(2).sum().item<float>();
            return two == 2
                ? new(Component, true, $"libtorch {__version__} on the CPU, {get_num_threads()} thread a worker.")
                : new(Component, false, "libtorch computes wrongly.", $"1 + 1 gave {two}.", "Restore the libraries by building again.");
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return NativeLibraryDiagnosis.Explain(Component, FileName, NativeLibraryDiagnosis.Find(FileName), failure);
        }
    }
}
