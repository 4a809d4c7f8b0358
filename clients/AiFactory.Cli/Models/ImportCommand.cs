using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Client.Models;
using AiFactory.Domain.Models;

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
        var pad = new Option<string?>("--pad")
        {
            HelpName = "AXIS=VALUE,INPUT=VALUE,...",
            Description = "Axis along which rows of different sizes are padded to run together, with the value to pad with (default 0) and inputs that take another; only where that changes no answer",
        };
        var bucket = new Option<string?>("--bucket") { HelpName = "SIZE,...", Description = "Sizes to pad to, e.g. 32,64,128; longer rows stay as they are. Default: 8, 12, 16, 24, 32, 48, ..." };
        return new Command("import", "Register ONNX models of yours as model versions") { name, path, stored, warmup, sequence, pad, bucket }.Does(async run =>
        {
            var sample = run.Value(warmup) is { } file ? await File.ReadAllBytesAsync(file, run.Cancellation) : null;
            var model = run.Value(name);
            var state = run.Value(sequence);
            var padding = (run.Value(pad), run.Value(bucket)) switch
            {
                (null, null) => null,
                (null, _) => throw new UsageException("--bucket says to which sizes --pad AXIS pads: give both."),
                ({ } axis, var sizes) => PaddingRules.Parse(axis, sizes).OrThrow(),
            };
            return (run.Given(path), run.Value(stored)) switch
            {
                ({ } local, null) when Directory.Exists(local) =>
                    run.Show(await run.Client.Models.ImportFiles(model, Files(local), new DirectoryInfo(local).Name, sample, state, padding, run.Cancellation), ModelViews.Versions),
                ({ } local, null) when sample is not null =>
                    run.Show(await run.Client.Models.ImportFiles(model, [Single(local)], null, sample, state, padding, run.Cancellation), ModelViews.Versions),
                ({ } local, null) =>
                    run.Show(await run.Client.Models.Import(model, () => File.OpenRead(local), Path.GetFileName(local), state, padding, run.Cancellation), ModelViews.Version),
                (null, { } place) => run.Show(await run.Client.Models.ImportStored(model, place, sample, state, padding, run.Cancellation), ModelViews.Versions),
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
