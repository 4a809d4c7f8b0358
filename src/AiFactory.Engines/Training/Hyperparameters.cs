using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Training;

/// <summary>Reads a trainer's numbers, with their ranges.</summary>
public sealed class Hyperparameters(IReadOnlyDictionary<string, double> asked, IReadOnlyDictionary<string, double> defaults)
{
    /// <summary>A number within [minimum, maximum].</summary>
    /// <exception cref="RefusedException"><c>hyperparameter-out-of-range</c>.</exception>
    public double Number(string name, double minimum, double maximum)
    {
        var value = asked.TryGetValue(name, out var own) ? own : defaults[name];
        return value >= minimum && value <= maximum ? value : throw OutOfRange(name, value, minimum, maximum, "a number");
    }

    /// <summary>A whole number within [minimum, maximum].</summary>
    /// <exception cref="RefusedException"><c>hyperparameter-out-of-range</c>.</exception>
    public int Whole(string name, int minimum, int maximum)
    {
        var value = Number(name, minimum, maximum);
        return value == Math.Floor(value) ? (int)value : throw OutOfRange(name, value, minimum, maximum, "a whole number");
    }

    private static RefusedException OutOfRange(string name, double value, double minimum, double maximum, string kind) =>
        new(new Refusal("hyperparameter-out-of-range", RefusalKind.Unprocessable,
            string.Create(CultureInfo.InvariantCulture, $"Hyperparameter '{name}' cannot be {value}."), name,
            string.Create(CultureInfo.InvariantCulture, $"Use {kind} from {minimum} to {maximum}.")));
}
