using Spectre.Console;

namespace AiFactory.Cli.Rendering;

/// <summary>A panel of names and values.</summary>
internal static class Facts
{
    private const int TitleMargin = 4;

    public static Panel Panel(string title, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        var (nameWidth, valueWidth) = (0, 0);
        foreach (var (name, value) in facts)
        {
            (nameWidth, valueWidth) = (Math.Max(nameWidth, name.Length), Math.Max(valueWidth, value.Length));
        }

        // A panel is as wide as what is in it, and cuts a longer title off.
        var titleNeeds = title.Length + TitleMargin - nameWidth;
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn(valueWidth < titleNeeds ? new GridColumn { Width = titleNeeds } : new GridColumn());
        foreach (var (name, value) in facts)
        {
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        return new Panel(grid) { Header = new PanelHeader($" {Markup.Escape(title)} "), Border = BoxBorder.Rounded, BorderStyle = new Style(Color.Grey) };
    }
}
