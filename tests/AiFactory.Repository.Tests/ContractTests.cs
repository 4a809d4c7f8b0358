using System.Text.RegularExpressions;

namespace AiFactory.Repository;

/// <summary>What silos of different releases say to each other, and what they find in each other's stores, has names that are never used twice.</summary>
public sealed partial class ContractTests
{
    private const string GoldenStates = "tests/AiFactory.Grains.Tests/Golden/States";
    private const string Contracts = "grains/AiFactory.Grains.Interfaces/";

    // The analyzer fails the build on a wire contract that the manifest does not list; this holds that it stays switched on.
    [Fact]
    public void WireContracts_Manifest_IsEnforcedByTheBuild()
    {
        Assert.Contains("<EnableOrleansContractsAnalyzer>true<", RepositoryRoot.Read(Contracts + "AiFactory.Grains.Interfaces.csproj"), StringComparison.Ordinal);
        Assert.Contains("aifactory.ring-message", RepositoryRoot.Read(Contracts + "OrleansContracts.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_EveryGrainInterfaceAndWireType_AreUnique()
    {
        var aliases = Names(TypeAlias());

        Assert.NotEmpty(aliases);
        Assert.Equal(aliases.Distinct(), aliases);
    }

    [Fact]
    public void PersistentStates_Names_AreUnique()
    {
        var names = Names(StateName());

        Assert.NotEmpty(names);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void PersistentStates_EveryClass_HasAGoldenFile()
    {
        var states = Names(TypeAlias()).Where(alias => alias.EndsWith("-state", StringComparison.Ordinal)).Select(alias => alias["aifactory.".Length..]).ToArray();

        Assert.NotEmpty(states);
        Assert.All(states, state => Assert.True(RepositoryRoot.Files(".json", GoldenStates).Any(file => file.EndsWith($"/{state}.json", StringComparison.Ordinal)),
            $"{GoldenStates}/{state}.json is missing: what this release writes has to be read by all later ones. Run AiFactory.Grains.Tests -class '*GoldenStateTests' with AIFACTORY_GOLDEN=write, look at the file, and commit it."));
    }

    [Fact]
    public void Grains_EveryClass_HasGrainType() =>
        Assert.DoesNotContain(
            RepositoryRoot.Files("Grain.cs", "grains").Where(file => !GrainInterface().IsMatch(Path.GetFileName(file))),
            file => !RepositoryRoot.Read(file).Contains("GrainType(", StringComparison.Ordinal));

    private static string[] Names(Regex pattern) =>
        [.. RepositoryRoot.Files(".cs", "grains").SelectMany(file => pattern.Matches(RepositoryRoot.Read(file)).Select(match => match.Groups[1].Value))];

    [GeneratedRegex(@"Alias\(""(aifactory\.[^""]+)""\)")]
    private static partial Regex TypeAlias();

    [GeneratedRegex(@"PersistentState\(\s*""([^""]+)""")]
    private static partial Regex StateName();

    [GeneratedRegex(@"^I[A-Z]")]
    private static partial Regex GrainInterface();
}
