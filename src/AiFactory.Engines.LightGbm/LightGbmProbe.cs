using System.Runtime.InteropServices;
using AiFactory.Domain;
using AiFactory.Engines.Native;

namespace AiFactory.Engines.LightGbm;

/// <summary>Looks whether the LightGBM library loads; on Linux it needs the system's GNU OpenMP.</summary>
internal sealed class LightGbmProbe : INativeProbe
{
    private const string Component = "lightgbm";
    private const string EntryPoint = "LGBM_BoosterCreate";

    private static string FileName =>
        OperatingSystem.IsWindows() ? "lib_lightgbm.dll" : OperatingSystem.IsMacOS() ? "lib_lightgbm.dylib" : "lib_lightgbm.so";

    public HealthFinding Probe()
    {
        NativeEnvironment.WaitPassively();
        var path = NativeLibraryDiagnosis.Find(FileName);
        try
        {
            var library = NativeLibrary.Load(path ?? FileName);
            return NativeLibrary.TryGetExport(library, EntryPoint, out _)
                ? new(Component, true, $"{FileName} loads; trees train on 1 thread.")
                : new(Component, false, $"{FileName} is not LightGBM.", $"It has no {EntryPoint}.", "Restore the library by building again.");
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            return NativeLibraryDiagnosis.Explain(Component, FileName, path, failure);
        }
    }
}
