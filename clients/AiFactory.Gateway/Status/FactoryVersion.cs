using System.Reflection;

namespace AiFactory.Gateway.Status;

internal static class FactoryVersion
{
    /// <summary>The product's version, with the code's where the build knows it.</summary>
    public static string Text { get; } =
        typeof(FactoryVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
