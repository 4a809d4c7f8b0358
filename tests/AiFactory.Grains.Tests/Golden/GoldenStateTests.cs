using System.Reflection;
using System.Text.Json.Nodes;
using AiFactory.Domain.Serialization;
using AiFactory.Grains.Idempotency;
using AiFactory.Hosting.Storage;

namespace AiFactory.Grains.Tests.Golden;

/// <summary>
/// Grain state as releases wrote it, one file a class in <c>Golden/States</c>. The file of a release is never changed: when a state gets a new shape in a later
/// one, it stays under a name with its release (<c>NAME.RELEASE.json</c>), and one of the new shape is added (run this test class with AIFACTORY_GOLDEN=write).
/// </summary>
public sealed class GoldenStateTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "AiFactory.Grains.Tests", "Golden", "States");

    public static TheoryData<string> Files => [.. Written().Select(file => Path.GetFileName(file)!)];

    /// <summary>Every member that was written is read, and written again as it was; what the release after it added takes its default.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Read_StateOfAnEarlierRelease_LosesNothing(string file)
    {
        var golden = File.ReadAllBytes(Path.Combine(Folder, file));
        var type = States().Single(state => file.StartsWith(NameOf(state) + ".", StringComparison.Ordinal));

        var state = Codec(nameof(FactoryJsonStorageSerializer.Deserialize), type, new BinaryData(golden));
        var again = (BinaryData)Codec(nameof(FactoryJsonStorageSerializer.Serialize), type, state)!;

        Assert.Empty(Lost(JsonNode.Parse(golden)!, JsonNode.Parse(again.ToMemory().Span)!, ""));
    }

    /// <summary>With AIFACTORY_GOLDEN=write, writes those that are missing, every member of the present shape set.</summary>
    [Fact]
    public void Files_EveryState_HasOne() => Assert.All(States(), type =>
    {
        var mine = Path.Combine(Folder, $"{NameOf(type)}.json");
        if (Environment.GetEnvironmentVariable("AIFACTORY_GOLDEN") == "write" && !File.Exists(mine))
        {
            var filled = (BinaryData)Codec(nameof(FactoryJsonStorageSerializer.Serialize), type, Filled.Of(type))!;
            Directory.CreateDirectory(Folder);
            File.WriteAllText(mine, JsonNode.Parse(filled.ToMemory().Span)!.ToJsonString(FactoryJson.Indented) + "\n");
        }

        Assert.True(File.Exists(mine), $"{type.Name} has no golden file: run with AIFACTORY_GOLDEN=write and commit {mine}.");
    });

    private static Type[] States() => [.. typeof(IdempotencyOptions).Assembly.GetTypes().Where(type => NameOf(type).EndsWith("-state", StringComparison.Ordinal)).OrderBy(NameOf)];

    private static string NameOf(Type type) => type.GetCustomAttribute<AliasAttribute>()?.Alias.Replace("aifactory.", "", StringComparison.Ordinal) ?? "";

    private static string[] Written() => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.json") : [];

    private static object? Codec(string method, Type type, object? argument) =>
        typeof(FactoryJsonStorageSerializer).GetMethod(method)!.MakeGenericMethod(type).Invoke(FactoryJsonStorageSerializer.Instance, [argument]);

    // What the one has and the other has not, or otherwise.
    private static List<string> Lost(JsonNode before, JsonNode? after, string path) => (before, after) switch
    {
        (JsonObject was, JsonObject now) => [.. was.Where(member => member.Value is not null).SelectMany(member => Lost(member.Value!, now[member.Key], $"{path}/{member.Key}"))],
        (JsonArray was, JsonArray now) when was.Count == now.Count => [.. was.Zip(now).SelectMany((pair, i) => Lost(pair.First!, pair.Second, $"{path}/{i}"))],
        _ => JsonNode.DeepEquals(before, after) ? [] : [path],
    };

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AiFactory.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }
}
