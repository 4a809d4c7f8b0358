using System.Reflection;

namespace AiFactory.Grains.Training;

/// <summary>The version of the code that trains, for the record of every model.</summary>
internal static class CodeVersion
{
    public static readonly string Text =
        typeof(CodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
