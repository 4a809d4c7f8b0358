using AiFactory.Cli.CommandLine;
using Spectre.Console;

namespace AiFactory.Cli.Rendering;

/// <summary>Shows that something goes on, where somebody looks.</summary>
internal static class Waiting
{
    /// <summary>Does the work, with a spinner beside it on a terminal.</summary>
    public static Task<T> Working<T>(this CommandOutput output, string what, bool quiet, Func<Task<T>> work) =>
        quiet || !output.People.Profile.Capabilities.Interactive
            ? work()
            : output.People.Status().StartAsync(Markup.Escape(what), _ => work());
}
