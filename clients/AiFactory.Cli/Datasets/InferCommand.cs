using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Tenants;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset infer FILE > contract.yaml</c></summary>
internal static class InferCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "CSV file with a line of headings" };
        var name = new Option<string?>("--name") { HelpName = "NAME", Description = "Name of the contract; default: the file's name" };
        return new Command("infer", "Print the contract that a CSV file satisfies, as Open Data Contract Standard YAML") { file, name }.Does(async run =>
        {
            var path = run.Value(file);
            var contractName = run.Value(name) ?? NameOf(path);
            if (run.Json)
            {
                run.WriteJson(await run.Client.Datasets.Infer(() => File.OpenRead(path), contractName, run.Cancellation));
            }
            else
            {
                var yaml = await run.Client.Datasets.InferYaml(() => File.OpenRead(path), contractName, run.Cancellation);
                await run.Output.Plain.WriteAsync(yaml.EndsWith('\n') ? yaml : yaml + '\n');
            }

            return ExitCode.Done;
        });
    }

    /// <summary>A resource name out of a file's: lower case, other characters than letters and digits as hyphens.</summary>
    internal static string NameOf(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        var letters = string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        return letters.Length == 0 ? "dataset" : letters[..Math.Min(letters.Length, ResourceName.LengthMax)];
    }
}
