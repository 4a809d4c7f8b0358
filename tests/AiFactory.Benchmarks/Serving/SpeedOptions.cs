using System.Globalization;

namespace AiFactory.Benchmarks.Serving;

/// <summary>How <c>serving speed</c> runs.</summary>
internal sealed record SpeedOptions
{
    public const string Usage = """
        serving speed [--dims 64-256-256-10,64-1536-1536-10] [--connections 1,32,128] [--rounds 7] [--seconds 4] [--peers DIR] [--models DIR] [--serve-only]
          --peers DIR    also measure the servers in DIR: srv_fastapi_torch.py, srv_node.mjs
          --models DIR   where to write the models (default: a temporary folder)
          --serve-only   start the factory with the first model deployed, print how to reach it, and stay until Ctrl-C
        """;

    /// <summary>Shapes of the network; the small one costs HTTP, the big one weights.</summary>
    public string[] Dimensions { get; private set; } = ["64-256-256-10", "64-1536-1536-10"];

    public int[] Connections { get; private set; } = [1, 32, 128];

    public int Rounds { get; private set; } = 7;

    public int Seconds { get; private set; } = 4;

    public string? PeersFolder { get; private set; }

    public string? ModelsFolder { get; private set; }

    public bool ServeOnly { get; private set; }

    public static SpeedOptions Parse(string[] arguments)
    {
        var options = new SpeedOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--serve-only")
            {
                options.ServeOnly = true;
                continue;
            }

            var name = arguments[i];
            var value = ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{name} wants a value.\n{Usage}");
            options.Set(name, value);
        }

        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--dims":
                Dimensions = value.Split(',');
                break;
            case "--connections":
                Connections = [.. value.Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))];
                break;
            case "--rounds":
                Rounds = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--seconds":
                Seconds = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--peers":
                PeersFolder = Path.GetFullPath(value);
                break;
            case "--models":
                ModelsFolder = Path.GetFullPath(value);
                break;
            default:
                throw new ArgumentException($"Unknown option {name}.\n{Usage}");
        }
    }
}
