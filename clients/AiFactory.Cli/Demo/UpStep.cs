using AiFactory.Cli.Local;

namespace AiFactory.Cli.Demo;

/// <summary>Starts a factory, or finds the one that runs on the folder.</summary>
internal sealed class UpStep : IDemoStep
{
    public string Name => "up";

    public string Title => "Up: a factory on this machine";

    public IReadOnlyList<string> ByHand => ["factory up", "factory status"];

    public async Task Run(DemoContext demo)
    {
        var running = await demo.Factory.Up(demo.Port, demo.Cancellation);
        demo.Connect(running);
        demo.Console.Write(UpCommand.Render(running));
    }
}
