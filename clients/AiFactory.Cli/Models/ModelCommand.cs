using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Models;

/// <summary><c>factory model list|show|export|import|load|unload|compose</c></summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Models and their versions") { List(), Show(), Export(), ImportCommand.Create(), Load(), Unload(), ComposeCommand.Create() };

    private static Command List()
    {
        var loaded = new Option<bool>("--loaded") { Description = "List what lies in the workers' memory instead" };
        return new Command("list", "List models with their versions, or those in memory") { loaded }.Does(async run =>
            run.Value(loaded) ? run.Show(await run.Client.Models.Loaded(run.Cancellation), ModelViews.Loaded) : await ListAll(run));
    }

    private static async Task<int> ListAll(CommandRun run)
    {
        var models = new List<Model>();
        foreach (var name in await run.Client.Models.List(run.Cancellation))
        {
            models.Add(await run.Client.Models.Get(name, run.Cancellation));
        }

        return run.Show(models, ModelViews.List);
    }

    private static Command Load()
    {
        var (name, worker) = (ModelName(), Worker());
        return new Command("load", "Bring a model version into the workers' memory, where it stays until it is unloaded") { name, worker }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            return run.Show(await run.Client.Models.Load(wanted.Name, wanted.Version, run.Value(worker), run.Cancellation), ModelViews.Loaded);
        });
    }

    private static Command Unload()
    {
        var (name, worker) = (ModelName(), Worker());
        return new Command("unload", "Take a model version out of the workers' memory; its next request loads it again") { name, worker }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            return run.Show(await run.Client.Models.Unload(wanted.Name, wanted.Version, run.Value(worker), run.Cancellation), ModelViews.Loaded);
        });
    }

    private static Command Show()
    {
        var name = ModelName();
        return new Command("show", "Show a model version: origin, signature, parameters, quality gate") { name }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            return run.Show(await run.Client.Models.GetVersion(wanted.Name, wanted.Version, run.Cancellation), ModelViews.Version);
        });
    }

    private static Command Export()
    {
        var name = ModelName();
        var target = new Option<string?>("--out") { HelpName = "FILE", Description = "Where to write; default: NAME-VERSION.onnx, or the folder NAME-VERSION for a model of several files" };
        return new Command("export", "Write a model version as an ONNX file, or as a folder where it has several") { name, target }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            var version = await run.Client.Models.GetVersion(wanted.Name, wanted.Version, run.Cancellation);
            return version.Files is null ? await ExportGraph(run, version, run.Value(target)) : await ExportFolder(run, version, run.Value(target));
        });
    }

    private static async Task<int> ExportGraph(CommandRun run, ModelVersion version, string? target)
    {
        var path = Path.GetFullPath(target ?? Format.Invariant($"{version.Model}-{version.Version}.onnx"));
        await using (var file = File.Create(path))
        {
            await run.Client.Models.Export(version.Model, version.Version, file, run.Cancellation);
        }

        await RequireDigest(path, version.ArtifactSha256, run.Cancellation);
        return Written(run, version, path);
    }

    // A model of several files becomes a folder of them.
    private static async Task<int> ExportFolder(CommandRun run, ModelVersion version, string? target)
    {
        var folder = Path.GetFullPath(target ?? Format.Invariant($"{version.Model}-{version.Version}"));
        foreach (var part in version.Files!)
        {
            var path = Path.Combine(folder, part.Path.Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var file = File.Create(path))
            {
                await run.Client.Models.ExportFile(version.Model, version.Version, part.Path, file, run.Cancellation);
            }

            await RequireDigest(path, part.Sha256, run.Cancellation);
        }

        return Written(run, version, folder);
    }

    private static int Written(CommandRun run, ModelVersion version, string path) => run.Show(
        new { version.Model, version.Version, File = path, version.ArtifactSha256, version.ArtifactBytes },
        written => Facts.Panel(
            Format.Invariant($"{written.Model}@{written.Version} written"),
            ("File", written.File), ("Size", Format.Bytes(written.ArtifactBytes)), ("Sha256", written.ArtifactSha256)));

    private static async Task RequireDigest(string path, string sha256, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var digest = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(file, cancellation));
        if (digest != sha256)
        {
            throw new RefusedException(new Refusal(
                "artifact-corrupt", RefusalKind.Fault, $"The file received has SHA-256 {digest}, not {sha256}.", path, "Export it again."));
        }
    }

    private static Option<string?> Worker() => new("--worker") { HelpName = "WORKER", Description = "One worker, e.g. silo-1/cpu-0; default: all" };

    private static Argument<string> ModelName() => new("MODEL") { Description = "Model, optionally with its version: NAME@3" };
}
