using Spectre.Console;

namespace AiFactory.Cli.Rendering;

/// <summary>Tables in the product's one look.</summary>
internal static class Tables
{
    /// <param name="columns">Headings; one that begins with <c>&gt;</c> is aligned to the right.</param>
    public static Table Create(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Rounded, BorderStyle = new Style(Color.Grey) };
        foreach (var column in columns)
        {
            var right = column.StartsWith('>');
            var heading = Markup.Escape(right ? column[1..] : column);
            table.AddColumn(new TableColumn($"[bold]{heading}[/]") { Alignment = right ? Justify.Right : Justify.Left });
        }

        return table;
    }

    /// <summary>Adds a row of plain text; nothing in it is read as markup.</summary>
    public static Table AddTextRow(this Table table, params IEnumerable<string> cells)
    {
        table.AddRow(cells.Select(cell => new Text(cell)));
        return table;
    }
}
