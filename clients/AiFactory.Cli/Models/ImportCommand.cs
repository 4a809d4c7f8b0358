using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Client.Models;

namespace AiFactory.Cli.Models;

/// <summary><c>factory model import NAME PATH</c></summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("MODEL") { Description = "Model whose next version, or versions, the files become" };
        var path = new Argument<string?>("PATH")
        {
            Description = "ONNX file, folder of a model with its data files, or folder with a folder for each version (1/, 2/)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var stored = new Option<string?>("--from-store") { HelpName = "PATH", Description = "Path below the tenant's imports in the factory's object store instead" };
        var warmup = new Option<string?>("--warmup") { HelpName = "FILE", Description = "Sample request in the Open Inference Protocol's JSON to warm up on; default: zeros" };
        var sequence = new Option<string?>("--sequence")
        {
            HelpName = "INPUT=OUTPUT,...",
            Description = "State: each output becomes that input of the next request of the same sequence; INPUT=OUTPUT:2x1x128 gives the shape of the zeros at its start",
        };
        return new Command("import", "Register ONNX models of yours as model versions") { name, path, stored, warmup, sequence }.Does(async run =>
        {
            var sample = run.Value(warmup) is { } file ? await File.ReadAllBytesAsync(file, run.Cancellation) : null;
            var model = run.Value(name);
            var state = run.Value(sequence);
            return (run.Given(path), run.Value(stored)) switch
            {
                ({ } local, null) when Directory.Exists(local) =>
                    run.Show(await run.Client.Models.ImportFiles(model, Files(local), new DirectoryInfo(local).Name, sample, state, run.Cancellation), ModelViews.Versions),
                ({ } local, null) when sample is not null =>
                    run.Show(await run.Client.Models.ImportFiles(model, [Single(local)], null, sample, state, run.Cancellation), ModelViews.Versions),
                ({ } local, null) =>
                    run.Show(await run.Client.Models.Import(model, () => File.OpenRead(local), Path.GetFileName(local), state, run.Cancellation), ModelViews.Version),
                (null, { } place) => run.Show(await run.Client.Models.ImportStored(model, place, sample, state, run.Cancellation), ModelViews.Versions),
                _ => throw new UsageException("Give either PATH or --from-store PATH."),
            };
        });
    }

    // ONNX files first: the factory then knows which of the others it needs.
    private static ModelFile[] Files(string folder)
    {
        ModelFile[] files =
        [
            .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System })
                .Select(file => new ModelFile(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), () => File.OpenRead(file)))
                .OrderBy(file => !file.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)).ThenBy(file => file.Path, StringComparer.Ordinal),
        ];
        return files.Length > 0 ? files : throw new UsageException($"'{folder}' holds no file.");
    }

    private static ModelFile Single(string path) => new(Path.GetFileName(path), () => File.OpenRead(path));
}
