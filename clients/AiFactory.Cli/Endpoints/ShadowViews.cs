using AiFactory.Cli.Rendering;
using AiFactory.Domain.Shadows;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Endpoints;

/// <summary>Shadows as people see them.</summary>
internal static class ShadowViews
{
    public static Rows Report(ShadowReport report)
    {
        List<IRenderable> parts = [Facts.Panel(
            $"Shadows of {report.Endpoint}",
            ("Revision", Format.Count(report.Revision)),
            ("Compared", report.Since is { } since ? $"since {Format.Time(since)}" : "nothing yet"))];
        if (report.Shadows.Count == 0)
        {
            parts.Add(new Text("It has none. Deploy it with --shadow NAME=MODEL@VERSION:PERCENT.", new Style(Color.Grey)));
            return new Rows(parts);
        }

        parts.Add(Shadows(report));
        parts.Add(Against(report));
        return new Rows(parts);
    }

    private static Table Shadows(ShadowReport report)
    {
        var table = Tables.Create("Shadow", "Model", ">Share", "Against", ">Mirrored", ">Dropped", ">Errors", ">Agreement", "Measure", ">Identical");
        foreach (var shadow in report.Shadows)
        {
            if (shadow.Compared.Count == 0)
            {
                table.AddTextRow(shadow.Name, shadow.Model.ToString(), Percent(shadow.Percent), "-", "0", "0", "0", "-", "-", "-");
            }

            foreach (var one in shadow.Compared)
            {
                table.AddTextRow(
                    shadow.Name, shadow.Model.ToString(), Percent(shadow.Percent), one.Variant, Format.Count(one.Figures.Mirrored), Format.Count(one.Figures.Dropped), Format.Count(one.Figures.Errors),
                    Share(one.Agreement), one.Measure.ToString(), Share(one.Identical));
            }
        }

        return table;
    }

    private static Table Against(ShadowReport report)
    {
        var table = Tables.Create("Shadow", "Against", ">Difference mean", ">max", ">Latency mean, ms", ">max", ">Given mean, ms", ">max", ">Device, us", ">Given, us");
        foreach (var shadow in report.Shadows)
        {
            foreach (var one in shadow.Compared)
            {
                table.AddTextRow(
                    shadow.Name, one.Variant, Number(one.MeanDifference), Number(one.MaxDifference), Number(one.MeanLatency * 1e3), Number(one.Figures.LatencyMax * 1e3),
                    Number(one.PrimaryMeanLatency * 1e3), Number(one.Figures.PrimaryLatencyMax * 1e3), Number(one.MeanDeviceTime * 1e6), Number(one.PrimaryMeanDeviceTime * 1e6));
            }
        }

        return table;
    }

    public static string Percent(double percent) => Format.Invariant($"{percent:0.##} %");

    private static string Share(double? share) => share is { } present ? Format.Percent(present) : "-";

    private static string Number(double? value) => value is { } present ? Format.Invariant($"{present:0.#####}") : "-";
}
