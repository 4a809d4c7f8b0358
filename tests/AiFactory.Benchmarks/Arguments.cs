using System.Globalization;
using System.Numerics;

namespace AiFactory.Benchmarks;

internal static class Arguments
{
    /// <summary>The number after a name, or the standard where the name is not given.</summary>
    public static T Number<T>(string[] arguments, string name, T standard)
        where T : INumber<T>
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 || at + 1 == arguments.Length ? standard : T.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
    }
}
