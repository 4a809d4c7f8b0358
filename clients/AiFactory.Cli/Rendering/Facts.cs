using Spectre.Console;

namespace AiFactory.Cli.Rendering;

/// <summary>A panel of names and values.</summary>
internal static class Facts
{
    public static Panel Panel(string title, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        foreach (var (name, value) in facts)
        {
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        return new Panel(grid) { Header = new PanelHeader($" {Markup.Escape(title)} "), Border = BoxBorder.Rounded, BorderStyle = new Style(Color.Grey) };
    }
}
