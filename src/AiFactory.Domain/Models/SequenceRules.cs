using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Models;

/// <summary>Which tensors of a graph a model remembers between the requests of a sequence.</summary>
public static class SequenceRules
{
    /// <summary>The graph's signature as callers see it: without the tensors that carry state.</summary>
    /// <param name="graph">As read from the file.</param>
    public static Ruling<ModelSignature> Declare(ModelSignature graph, IReadOnlyList<SequenceState> states)
    {
        foreach (var state in states)
        {
            var input = graph.Inputs.FirstOrDefault(tensor => tensor.Name == state.Input);
            var output = graph.Outputs.FirstOrDefault(tensor => tensor.Name == state.Output);
            if (input is null || output is null)
            {
                return Invalid($"The model has no {(input is null ? $"input '{state.Input}'" : $"output '{state.Output}'")}.", state,
                    $"Its inputs are {Names(graph.Inputs)}, its outputs {Names(graph.Outputs)}.");
            }

            if (input.DataType != output.DataType || input.DataType == TensorDataType.Bytes || input.RowShape.Count != output.RowShape.Count)
            {
                return Invalid($"Output '{output.Name}' cannot become input '{input.Name}': both must hold numbers of one type and have as many axes.", state,
                    "Name an output that has the input's shape.");
            }

            if (state.Start is { } start && !Fits(start, input.RowShape))
            {
                return Invalid($"The start [{string.Join(',', start)}] is not of the shape [{string.Join(',', input.RowShape)}] of input '{input.Name}'.", state,
                    "Give a size of 0 or more for each free axis (-1), and the others as they are.");
            }
        }

        if (states.Select(state => state.Input).Distinct().Count() != states.Count || states.Select(state => state.Output).Distinct().Count() != states.Count)
        {
            return Invalid("An input or output is named twice.", states[0], "Name each state tensor once.");
        }

        var signature = graph with
        {
            Inputs = [.. graph.Inputs.Where(tensor => states.All(state => state.Input != tensor.Name))],
            Outputs = [.. graph.Outputs.Where(tensor => states.All(state => state.Output != tensor.Name))],
            Sequence = states.ToArray(),
        };
        return signature.Inputs.Count > 0 && signature.Outputs.Count > 0 && states.Count > 0
            ? signature
            : new Refusal("sequence-invalid", RefusalKind.Unprocessable, "Callers would have nothing to send or to get, or nothing is remembered.", "sequence",
                "Leave at least one input and one output to the callers, and name at least one pair.");
    }

    /// <summary>Reads e.g. <c>state=stateN</c>, or with the shape of its start <c>h=hn:2x1x64,c=cn:2x1x64</c>.</summary>
    public static Ruling<IReadOnlyList<SequenceState>> Parse(string text)
    {
        var states = new List<SequenceState>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var colon = part.LastIndexOf(':');
            var shaped = colon > equals && part[(colon + 1)..].All(c => char.IsAsciiDigit(c) || c == 'x');
            var output = equals < 0 ? "" : shaped ? part[(equals + 1)..colon] : part[(equals + 1)..];
            var sizes = shaped ? Sizes(part[(colon + 1)..]) : null;
            if (equals < 1 || output.Length == 0 || (shaped && sizes is null))
            {
                return new Refusal("sequence-invalid", RefusalKind.Malformed, $"'{part}' is no pair of an input and the output that becomes it.", "sequence",
                    "Write e.g. state=stateN, or with the shape of its start state=stateN:2x1x128.");
            }

            states.Add(new(part[..equals], output, sizes));
        }

        return Ruling.Of<IReadOnlyList<SequenceState>>(states.ToArray());
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    public static string Text(IReadOnlyList<SequenceState> states) =>
        string.Join(',', states.Select(state => $"{state.Input}={state.Output}{(state.Start is { } start ? $":{string.Join('x', start)}" : "")}"));

    private static int[]? Sizes(string text)
    {
        var sizes = new List<int>();
        foreach (var part in text.Split('x', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            {
                return null;
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static bool Fits(IReadOnlyList<int> start, IReadOnlyList<int> shape) =>
        start.Count == shape.Count && start.Zip(shape).All(pair => pair.First >= 0 && (pair.Second < 0 || pair.First == pair.Second));

    private static string Names(IReadOnlyList<TensorSpec> tensors) => string.Join(", ", tensors.Select(tensor => tensor.Name));

    private static Refusal Invalid(string what, SequenceState state, string mend) =>
        new("sequence-invalid", RefusalKind.Unprocessable, what, $"{state.Input}={state.Output}", mend);
}
