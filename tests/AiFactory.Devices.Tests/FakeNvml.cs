using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AiFactory.Devices.Tests;

/// <summary>A management library built from <c>nvml_fake.c</c>, and a folder whose files say what fails. One a process: the library reads its environment.</summary>
public sealed class FakeNvml : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-nvml-").FullName;

    public FakeNvml()
    {
        Library = Path.Combine(_folder, "libnvidia-ml.so.1");
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-o", Library, Path.Combine(AppContext.BaseDirectory, "nvml_fake.c")])
            {
                RedirectStandardError = true,
            })!;
            var said = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Absence = compiler.ExitCode == 0 ? null : said;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Absence = $"gcc is not there: {missing.Message}";
        }

        // The library reads the process's own environment, which .NET keeps a copy of.
        if (Absence is null)
        {
            Assert.Equal(0, SetEnvironment("AIFACTORY_FAKE_NVML", _folder, 1));
        }
    }

    public string Library { get; }

    /// <summary>Why there is no library; null: there is.</summary>
    public string? Absence { get; }

    public IDisposable With(string fault)
    {
        var file = Path.Combine(_folder, fault);
        File.WriteAllText(file, "");
        return new Deletion(file);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(string name, string value, int overwrite);

    private sealed class Deletion(string file) : IDisposable
    {
        public void Dispose() => File.Delete(file);
    }
}
