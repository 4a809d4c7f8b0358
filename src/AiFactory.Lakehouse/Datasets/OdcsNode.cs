using System.Globalization;
using AiFactory.Domain.Refusals;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>
/// A place in a document with its path, for refusals that name it. JSON is read as the YAML it is. Scalars keep their text, so that a
/// version <c>1.10</c> is not the number 1.1.
/// </summary>
internal sealed class OdcsNode
{
    private const int CharactersMax = 4 * 1024 * 1024, DepthMax = 32;
    private readonly YamlNode yaml;
    private readonly string path;

    private OdcsNode(YamlNode yaml, string path) => (this.yaml, this.path) = (yaml, path);

    /// <exception cref="RefusedException">It is neither YAML nor JSON, or too large or too deep for a contract.</exception>
    public static OdcsNode Parse(string text)
    {
        if (text.Length > CharactersMax)
            throw Refused(RefusalKind.TooLarge, $"The contract is longer than {CharactersMax} characters.", null, "Shorten it.");
        try
        {
            CheckDepth(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1
                ? new OdcsNode(stream.Documents[0].RootNode, "")
                : throw Refused(RefusalKind.Malformed, "The contract is not one YAML or JSON document.", null, "Send exactly one.");
        }
        catch (YamlException exception)
        {
            throw Refused(RefusalKind.Malformed, $"The contract is neither YAML nor JSON: {exception.Message}", At(exception.Start), "Mend its syntax.");
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The parser also fails like this on some documents, without saying where.
            throw Refused(RefusalKind.Malformed, "The contract is neither YAML nor JSON.", null, "Mend its syntax.");
        }
    }

    public OdcsNode Required(string name) =>
        Optional(name) ?? throw Refused(RefusalKind.Malformed, $"'{Join(name)}' is missing.", Place(), "Add it.");

    /// <summary>A member of a map; null when it is not there, or empty.</summary>
    public OdcsNode? Optional(string name)
    {
        if (yaml is not YamlMappingNode map) throw Malformed("is not a map", "Write names and values there.");
        return map.Children.TryGetValue(new YamlScalarNode(name), out var child) && child is not YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" }
            ? new OdcsNode(child, Join(name))
            : null;
    }

    public IReadOnlyList<OdcsNode> Items() => yaml is YamlSequenceNode list
        ? [.. list.Children.Select((child, index) => new OdcsNode(child, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")))]
        : throw Malformed("is not a list", "Write a list there.");

    public string Text() => yaml is YamlScalarNode { Value: { } text } ? text : throw Malformed("is not a single value", "Write one value there.");

    public bool Flag() => Text() switch
    {
        "true" => true,
        "false" => false,
        _ => throw Malformed($"'{Text()}' is not true or false", "Write true or false."),
    };

    public double Number() => double.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        ? value
        : throw Malformed($"'{Text()}' is not a number", "Write a number.");

    public long Whole() => TryWhole(out var value) ? value : throw Malformed($"'{Text()}' is not a whole number", "Write a whole number.");

    public bool TryWhole(out long value) => long.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <param name="what">Continues a sentence that begins with the place's name.</param>
    public RefusedException Malformed(string what, string mend) =>
        Refused(RefusalKind.Malformed, $"'{(path.Length == 0 ? "the document" : path)}' {what}.", Place(), mend);

    /// <summary>Before anything reads it recursively: a text of nothing but brackets would end the process.</summary>
    private static void CheckDepth(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (MoveNext(parser))
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > DepthMax)
                throw Refused(RefusalKind.Malformed, $"The contract is nested more than {DepthMax} deep.", At(parser.Current.Start), "Nest it less.");
        }
    }

    private static bool MoveNext(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // A slip of the scanner's own, on a flow sequence broken by a plain scalar for one, in place of a YamlException.
            throw Refused(RefusalKind.Malformed, "The contract is neither YAML nor JSON.", At(parser.Current?.End ?? Mark.Empty), "Mend its syntax.");
        }
    }

    private string Join(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private string Place() => path.Length == 0 ? At(yaml.Start) : $"{path}, {At(yaml.Start)}";

    private static string At(Mark mark) => string.Create(CultureInfo.InvariantCulture, $"line {mark.Line}, column {mark.Column}");

    private static RefusedException Refused(RefusalKind kind, string what, string? where, string mend) => new(new("contract-malformed", kind, what, where, mend));
}
