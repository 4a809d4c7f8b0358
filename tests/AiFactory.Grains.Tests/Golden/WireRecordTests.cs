using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.Domain.Serialization;
using AiFactory.Grains.Datasets;

namespace AiFactory.Grains.Tests.Golden;

/// <summary>
/// Silos of two releases in one cluster: a record with a member that this release does not know, or without one that it knows, is read all the same. Holds for
/// every record that grain calls carry and grains keep.
/// </summary>
public sealed class WireRecordTests
{
    public static TheoryData<string> Records => [.. Carried().Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Records))]
    public void Read_OfAnotherRelease_ToleratesUnknownAndMissingMembers(string record)
    {
        var type = Carried().Single(candidate => candidate.FullName == record);
        var written = JsonSerializer.Serialize(Filled.Of(type), type, FactoryJson.Options);
        if (JsonNode.Parse(written) is not JsonObject known)
        {
            Assert.Equal(written, Again(written));
            return;
        }

        var newer = known.DeepClone().AsObject();
        newer["memberOfALaterRelease"] = new JsonObject { ["deep"] = new JsonArray(1, "two") };
        Assert.Equal(written, Again(newer.ToJsonString()));
        foreach (var (member, _) in known)
        {
            var older = known.DeepClone().AsObject();
            older.Remove(member);
            Assert.NotNull(JsonSerializer.Deserialize(older.ToJsonString(), type, FactoryJson.Options));
        }

        string Again(string text) => JsonSerializer.Serialize(JsonSerializer.Deserialize(text, type, FactoryJson.Options), type, FactoryJson.Options);
    }

    [Fact]
    public void Records_OfEveryGrainInterface_AreFound() => Assert.True(Carried().Length > 60, $"Found only {Carried().Length}.");

    private static Type[] Carried()
    {
        var found = new HashSet<Type>();
        var methods = typeof(IDatasetGrain).Assembly.GetTypes().Where(type => type.IsInterface).SelectMany(type => type.GetMethods());
        foreach (var type in methods.SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)))
            Add(type);
        return [.. found.OrderBy(type => type.FullName, StringComparer.Ordinal)];

        void Add(Type type)
        {
            foreach (var argument in type.GetGenericArguments())
                Add(argument);
            if (type.HasElementType)
                Add(type.GetElementType()!);
            if (type.Namespace?.StartsWith("AiFactory.Domain", StringComparison.Ordinal) != true || type.IsEnum || type.IsAbstract || type.IsGenericType || !found.Add(type))
                return;
            foreach (var property in type.GetProperties())
                Add(property.PropertyType);
        }
    }
}
