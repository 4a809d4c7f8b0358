namespace AiFactory.Cli.Demo;

/// <summary>One step of the demo.</summary>
internal interface IDemoStep
{
    /// <summary>Its name in the report.</summary>
    string Name { get; }

    string Title { get; }

    /// <summary>The commands that do the same by hand.</summary>
    IReadOnlyList<string> ByHand { get; }

    Task Run(DemoContext demo);
}
