using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Serialization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AiFactory.Cli.Models;

/// <summary>
/// Reads the definition of an ensemble, YAML or JSON. A parameter written as <c>{file: PATH}</c> stands for the lines of a text file, such as a vocabulary; the path
/// is relative to the definition.
/// </summary>
internal static class EnsembleFile
{
    private const int DepthMax = 32;

    /// <exception cref="UsageException">It is no definition.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static EnsembleSpec Read(string path)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(path)));
            var document = yaml.Documents.Count == 1 ? new Conversion(Path.GetDirectoryName(Path.GetFullPath(path))!).Node(yaml.Documents[0].RootNode, 0, parameter: false) : null;
            return document.Deserialize<EnsembleSpec>(FactoryJson.Strict) ?? throw Bad("It holds no one document.");
        }
        catch (JsonException fault) when (fault.Path is { } where && where.EndsWith(".dataType", StringComparison.Ordinal))
        {
            throw Bad($"{where} is no type of tensor. There are: {string.Join(", ", Enum.GetNames<TensorDataType>().Select(JsonNamingPolicy.CamelCase.ConvertName))}.");
        }
        catch (JsonException fault) when (fault.Path is { Length: > 1 } where)
        {
            throw Bad($"{where} is not known there, or of the wrong kind.");
        }
        catch (Exception fault) when (fault is YamlException or JsonException)
        {
            throw Bad(fault.Message);
        }

        UsageException Bad(string why) => new($"'{path}' is no definition of an ensemble: {why}", "--file", "Write inputs, steps and outputs; see the README.");
    }

    /// <param name="folder">Of the definition.</param>
    private sealed class Conversion(string folder)
    {
        /// <param name="parameter">Whether it belongs to a step's parameters.</param>
        public JsonNode? Node(YamlNode node, int depth, bool parameter) => node switch
        {
            _ when depth > DepthMax => throw new JsonException($"It is nested deeper than {DepthMax}."),
            YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            YamlSequenceNode list => new JsonArray([.. list.Select(item => Node(item, depth + 1, parameter))]),
            YamlMappingNode { Children.Count: 1 } map when parameter && map.Children[0] is { Key: YamlScalarNode { Value: "file" }, Value: YamlScalarNode { Value: { } file } } =>
                new JsonArray([.. File.ReadLines(Path.Combine(folder, file)).Select(line => JsonValue.Create(line))]),
            YamlMappingNode map => new JsonObject(map.Select(pair => KeyValuePair.Create(Key(pair.Key), Node(pair.Value, depth + 1, parameter || Key(pair.Key) == "parameters")))),
            _ => throw new JsonException($"It has a {node.NodeType}."),
        };

        private static string Key(YamlNode key) => (key as YamlScalarNode)?.Value ?? throw new JsonException("A key is not a text.");
    }

    // The core schema of YAML 1.2, as far as definitions need it.
    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        _ => JsonValue.Create(text),
    };
}
