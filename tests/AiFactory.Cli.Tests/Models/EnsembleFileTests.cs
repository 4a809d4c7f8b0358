using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Models;
using AiFactory.Domain.Ensembles;

namespace AiFactory.Cli.Tests.Models;

public sealed class EnsembleFileTests
{
    private const string Sound = """
        inputs:
          - { name: x, dataType: fp32, rowShape: [3] }
        steps:
          - { name: s, builtIn: softmax, inputs: { x: x }, outputs: { y: p } }
        outputs: [p]
        """;

    [Fact]
    public void Read_Definition_HasItsSteps() => Assert.Equal("softmax", Assert.Single(Read(Sound).Steps).BuiltIn);

    [Theory]
    [InlineData("fp32", "float32", "$.inputs[0].dataType is no type of tensor. There are: bool,")]
    [InlineData("outputs: [p]", "outputz: [p]", "$.outputz is not known there")]
    [InlineData("[3]", "[a]", "$.inputs[0].rowShape[0] is not known there, or of the wrong kind.")]
    [InlineData("inputs:", "{", "is no definition of an ensemble")]
    public void Read_Faulty_SaysWhereAndNamesNoTypeOfTheProgram(string sound, string faulty, string said)
    {
        var refused = Assert.Throws<UsageException>(() => Read(Sound.Replace(sound, faulty, StringComparison.Ordinal)));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AiFactory", refused.Message, StringComparison.Ordinal);
    }

    private static EnsembleSpec Read(string text)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("ensemble").FullName, "ensemble.yaml");
        File.WriteAllText(path, text);
        try
        {
            return EnsembleFile.Read(path);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}
