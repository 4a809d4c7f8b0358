using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AiFactory.Cli.Cluster;
using AiFactory.Cli.Local;
using AiFactory.Client;
using AiFactory.Domain.Serialization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.CommandLine;

/// <summary>One run of one command: its arguments, its output and its way to the factory.</summary>
internal sealed class CommandRun(ParseResult arguments, CommandOutput output, CancellationToken cancellation) : IDisposable
{
    private FactoryClient? client;

    public CancellationToken Cancellation { get; } = cancellation;

    public CommandOutput Output { get; } = output;

    public bool Json => arguments.GetValue(GlobalOptions.Json);

    public int? Port => arguments.GetValue(GlobalOptions.Port);

    /// <summary>The first of the addresses that the user gave, or null.</summary>
    public Uri? Url => Urls?[0];

    /// <summary>Whether the user named the factory by address instead of by folder.</summary>
    public bool AddressGiven => Url is not null || Port is not null;

    /// <summary>Folder of the local factory, as an absolute path.</summary>
    public string DataFolder => Path.GetFullPath(arguments.GetValue(GlobalOptions.Data) ?? GlobalOptions.DefaultDataFolder);

    /// <summary>The factory the command line means, by address, by port, by the folder's factory.json, or a gateway of the folder's cluster.</summary>
    public FactoryClient Client => client ??= Urls is { } urls ? Connect(urls) : Connect([Address()]);

    public T? Value<T>(Option<T> option) => arguments.GetValue(option);

    public T Value<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>An argument that may be left out.</summary>
    public T? Given<T>(Argument<T?> argument)
        where T : class => arguments.GetValue(argument);

    /// <summary>Whether the user gave the option, as opposed to its default.</summary>
    public bool Given(Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>Prints a result: as JSON where asked for, else as rendered for people.</summary>
    public int Show<T>(T value, Func<T, IRenderable> render)
    {
        if (Json)
        {
            WriteJson(value);
        }
        else
        {
            Output.People.Write(render(value));
        }

        return ExitCode.Done;
    }

    public void WriteJson<T>(T value) => Output.Plain.WriteLine(JsonSerializer.Serialize(value, FactoryJson.Indented));

    /// <summary>Prints a line for people; nothing with <c>--json</c>.</summary>
    public void Say(string markup)
    {
        if (!Json)
        {
            Output.People.MarkupLine(markup);
        }
    }

    public void Dispose() => client?.Dispose();

    // An option of many values that nobody gave is an empty array, not null.
    private Uri[]? Urls => arguments.GetValue(GlobalOptions.Url) is { Length: > 0 } urls ? urls : null;

    private FactoryClient Connect(Uri[] addresses) => FactoryClient.Connect(addresses, ApiKey.For(addresses[0], DataFolder));

    private Uri Address()
    {
        if (Port is { } port)
        {
            return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        }

        return FactoryFile.Read(DataFolder)?.Url ?? ClusterFile.GatewayIn(DataFolder) ?? throw new NoFactoryException(DataFolder);
    }
}
