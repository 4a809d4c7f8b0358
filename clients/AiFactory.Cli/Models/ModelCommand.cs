using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Models;

/// <summary><c>factory model list|show|export|import|compose</c></summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Models and their versions") { List(), Show(), Export(), Import(), ComposeCommand.Create() };

    private static Command List() => new Command("list", "List models with their versions").Does(async run =>
    {
        var models = new List<Model>();
        foreach (var name in await run.Client.Models.List(run.Cancellation))
        {
            models.Add(await run.Client.Models.Get(name, run.Cancellation));
        }

        return run.Show(models, ModelViews.List);
    });

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
        var target = new Option<string?>("--out") { HelpName = "FILE", Description = "Where to write; default: NAME-VERSION.onnx" };
        return new Command("export", "Write a model version as an ONNX file") { name, target }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            var version = await run.Client.Models.GetVersion(wanted.Name, wanted.Version, run.Cancellation);
            var path = Path.GetFullPath(run.Value(target) ?? Format.Invariant($"{version.Model}-{version.Version}.onnx"));
            await using (var file = File.Create(path))
            {
                await run.Client.Models.Export(version.Model, version.Version, file, run.Cancellation);
            }

            await RequireDigest(path, version, run.Cancellation);
            return run.Show(
                new { version.Model, version.Version, File = path, version.ArtifactSha256, version.ArtifactBytes },
                written => Facts.Panel(
                    Format.Invariant($"{written.Model}@{written.Version} written"),
                    ("File", written.File), ("Size", Format.Bytes(written.ArtifactBytes)), ("Sha256", written.ArtifactSha256)));
        });
    }

    private static Command Import()
    {
        var name = new Argument<string>("MODEL") { Description = "Model whose next version the file becomes" };
        var file = new Argument<string>("FILE") { Description = "ONNX file" };
        return new Command("import", "Register an ONNX file as a model version") { name, file }.Does(async run =>
        {
            var path = run.Value(file);
            var version = await run.Client.Models.Import(run.Value(name), () => File.OpenRead(path), Path.GetFileName(path), run.Cancellation);
            return run.Show(version, ModelViews.Version);
        });
    }

    private static async Task RequireDigest(string path, ModelVersion version, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var digest = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(file, cancellation));
        if (digest != version.ArtifactSha256)
        {
            throw new RefusedException(new Refusal(
                "artifact-corrupt", RefusalKind.Fault, $"The file received has SHA-256 {digest}, not {version.ArtifactSha256}.", path, "Export it again."));
        }
    }

    private static Argument<string> ModelName() => new("MODEL") { Description = "Model, optionally with its version: NAME@3" };
}
