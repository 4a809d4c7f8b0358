using AiFactory.Engines;
using AiFactory.Engines.LightGbm;
using AiFactory.Engines.Native;
using AiFactory.Engines.Torch;
using AiFactory.Engines.Torch.Mlp;
using AiFactory.Engines.Torch.Native;
using AiFactory.Engines.Training;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Trainers.Tests.Native;

[Collection("libtorch")]
public sealed class NativeProbeTests
{
    [Fact]
    public void Registration_Twice_GivesEachTrainerAndProbeOnce()
    {
        var services = new ServiceCollection().AddTorchTrainer().AddTorchTrainer().AddLightGbmTrainer().AddLightGbmTrainer();

        Assert.Equal([typeof(MlpTrainer), typeof(LightGbmTrainer)], Registered(typeof(ITrainer)));
        Assert.Equal([typeof(TorchProbe), typeof(LightGbmProbe)], Registered(typeof(INativeProbe)));

        IEnumerable<Type?> Registered(Type service) => services.Where(entry => entry.ServiceType == service).Select(entry => entry.ImplementationType);
    }

    [Fact]
    public void Probe_LibrariesOfThisBuild_AreHealthy()
    {
        INativeProbe[] probes = [new TorchProbe(), new LightGbmProbe()];

        Assert.All(probes.Select(probe => probe.Probe()), finding => Assert.True(finding.Healthy, finding.Cause));
    }

    [Theory]
    [InlineData("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)", "GLIBCXX_3.4.32", "TorchNeedsWeak")]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file or directory", "libgomp.so.1", "apt-get install libgomp1")]
    [InlineData("libtorch_cpu.so: cannot open shared object file: No such file or directory", "libtorch_cpu.so", "building again")]
    [InlineData("/app/libLibTorchSharp.so: wrong ELF class: ELFCLASS32", "another processor", "-r ")]
    [InlineData("/app/libLibTorchSharp.so: file too short", "damaged", "nuget locals")]
    [InlineData("something new", "something new", "loader")]
    public void Classify_LoaderMessage_NamesCauseAndMend(string message, string cause, string mend)
    {
        var (actualCause, actualMend) = NativeLibraryDiagnosis.Classify("libLibTorchSharp.so", message);

        Assert.Contains(cause, actualCause, StringComparison.Ordinal);
        Assert.Contains(mend, actualMend, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_FileMissing_SaysSo()
    {
        var finding = NativeLibraryDiagnosis.Explain("x", "libx.so", null, new DllNotFoundException("libx.so"));

        Assert.False(finding.Healthy);
        Assert.Contains("No libx.so", finding.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_FileDamaged_AsksTheLoaderItself()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(path, "");
        try
        {
            var finding = NativeLibraryDiagnosis.Explain("x", "libx.so", path, new InvalidOperationException("did not start"));

            Assert.Contains("damaged", finding.Cause, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
