using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>Reads a built-in step's parameters. The first fault is kept, and also a parameter that the step does not know is one.</summary>
internal sealed class StepParameters(EnsembleStep step)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private Refusal? _fault;

    /// <summary>What is wrong with the parameters; to be asked once all were read.</summary>
    public Refusal? Fault => _fault ?? ((step.Parameters ?? new Dictionary<string, JsonElement>()).Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown
        ? EnsembleRules.Invalid(step.Name, $"Step {step.Name} ({step.BuiltIn}) has no parameter '{unknown}'.", $"Its parameters are: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.")
        : null);

    public double Number(string name, double? otherwise, double least, double most)
    {
        if (Find(name, otherwise is null) is not { } value)
            return otherwise ?? least;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
            return number;
        Refuse(name, value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));
        return least;
    }

    public int Integer(string name, int? otherwise, int least, int most)
    {
        if (Find(name, otherwise is null) is not { } value)
            return otherwise ?? least;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Refuse(name, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
        return least;
    }

    public bool Flag(string name, bool otherwise)
    {
        if (Find(name, required: false) is not { } value)
            return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Refuse(name, value, "true or false");
        return otherwise;
    }

    public string Text(string name, string otherwise)
    {
        if (Find(name, required: false) is not { } value)
            return otherwise;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        Refuse(name, value, "a text");
        return otherwise;
    }

    /// <summary>One number or a list of them, all finite.</summary>
    public float[] Numbers(string name, float otherwise)
    {
        if (Find(name, required: false) is not { } value)
            return [otherwise];
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        if (items.Length > 0 && items.All(item => item.ValueKind == JsonValueKind.Number && float.IsFinite(item.GetSingle())))
            return [.. items.Select(item => item.GetSingle())];
        Refuse(name, value, "a number or a list of numbers");
        return [otherwise];
    }

    /// <summary>A list of at least one text.</summary>
    public string[] Texts(string name)
    {
        if (Find(name, required: true) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        Refuse(name, value, "a list of texts");
        return [];
    }

    public void Refuse(string name, string what, string mend) =>
        _fault ??= EnsembleRules.Invalid(step.Name, $"Parameter '{name}' of step {step.Name} ({step.BuiltIn}) {what}.", mend);

    private JsonElement? Find(string name, bool required)
    {
        _known.Add(name);
        if (step.Parameters is { } given && given.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null)
            return value;
        if (required)
            Refuse(name, "is missing", "Write it.");
        return null;
    }

    private void Refuse(string name, JsonElement got, string takes)
    {
        var text = got.GetRawText();
        Refuse(name, $"takes {takes}, not {(text.Length <= 40 ? text : text[..40] + "...")}", $"Write {takes}.");
    }
}
