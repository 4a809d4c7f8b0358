using System.CommandLine;

namespace AiFactory.Cli.CommandLine;

/// <summary>Options that every command understands.</summary>
internal static class GlobalOptions
{
    public const string DefaultDataFolder = ".aifactory";

    /// <summary>Port a factory gets when nobody names one.</summary>
    public const int DefaultPort = 8080;

    public static Option<bool> Json { get; } = new("--json") { Recursive = true, Description = "Print the result as JSON on standard output" };

    public static Option<Uri[]?> Url { get; } = new("--url")
    {
        Recursive = true,
        HelpName = "URL",
        Description = "Address of the factory, e.g. http://127.0.0.1:8080; of several gateways separated by commas: when one fails the next is asked",
        CustomParser = result =>
        {
            var texts = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            var urls = texts.Select(text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null).ToArray();
            if (Array.IndexOf(urls, null) is >= 0 and var wrong)
            {
                result.AddError($"'{texts[wrong]}' is not an http address. Write it like http://127.0.0.1:8080.");
                return null;
            }

            return urls!;
        },
    };

    public static Option<int?> Port { get; } = new("--port")
    {
        Recursive = true,
        HelpName = "N",
        Description = $"Port of the factory on this machine; for up and demo the port to listen on: 0 any free one, default {DefaultPort}",
        Validators =
        {
            result =>
            {
                if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var port) && port is < 0 or > 65535)
                {
                    result.AddError($"Port {port} is not between 0 and 65535.");
                }
            },
        },
    };

    public static Option<string> Data { get; } = new("--data")
    {
        Recursive = true,
        HelpName = "DIR",
        Description = "Folder of the factory; its factory.json tells the address",
        DefaultValueFactory = _ => DefaultDataFolder,
    };
}
