using AiFactory.Engines.Onnx;

namespace AiFactory.Engines.Tests.Onnx.Conformance;

/// <summary>
/// The public operator tests of the Open Neural Network Exchange (Debian: libonnx-testdata). Cases that cannot pass stand in exceptions.txt, each with
/// its reason; every other one has to, and one that never passes by what stands there and does has to be struck out.
/// </summary>
public sealed class OnnxConformanceTests(ITestOutputHelper output)
{
    private const string Folder = "/usr/share/libonnx-testdata/data";
    private const int PassedMin = 958;

    [Fact]
    public void Run_OperatorCases_AgreeWithTheirExpectedOutputs()
    {
        Assert.SkipUnless(Directory.Exists(Folder), "The package libonnx-testdata is not installed.");
        var engine = new OnnxEngine();
        var failures = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var cases = Directory.GetFiles(Folder, "model.onnx", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal).ToArray();
        foreach (var folder in cases)
        {
            if (OperatorCase.Run(engine, folder) is { } why)
            {
                failures.Add(Path.GetRelativePath(Folder, folder), why);
            }
        }

        output.WriteLine($"{cases.Length - failures.Count} of {cases.Length} cases pass.");
        foreach (var (name, why) in failures)
        {
            output.WriteLine($"{name}\t{why}");
        }

        var excepted = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Onnx", "Conformance", "exceptions.txt"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => fields[1], StringComparer.Ordinal);
        Assert.Empty(failures.Keys.Except(excepted.Keys));
        Assert.Empty(excepted.Where(exception => exception.Value == "always").Select(exception => exception.Key).Except(failures.Keys));
        Assert.InRange(cases.Length - failures.Count, PassedMin, cases.Length);
    }
}
