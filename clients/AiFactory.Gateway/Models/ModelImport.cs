using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Status;
using AiFactory.Grains.Models;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Models;

/// <summary>What an import out of the object store names.</summary>
/// <param name="ObjectPath">A file or a folder below <c>imports/TENANT/</c> of the object store.</param>
/// <param name="Warmup">A sample request in the Open Inference Protocol's JSON to warm up on; null: zeros.</param>
internal sealed record StoredImport(string ObjectPath, JsonElement? Warmup = null);

/// <summary>
/// Takes models into the object store, has a worker load and run each, and then registers them. All versions of an import are inspected before the first
/// is registered, so that a bad one leaves nothing behind.
/// </summary>
internal sealed class ModelImport(IObjectStore objects, IGrainFactory grains, IOptions<GatewayOptions> options)
{
    private long BytesMax => options.Value.ModelBytesMax;

    /// <summary>The body as one ONNX file.</summary>
    /// <exception cref="RefusedException">
    /// <c>body-too-large, object-store-full, body-empty, external-file-missing, workers-missing</c>, or what the worker says: <c>artifact-corrupt,
    /// signature-unsupported, warmup-failed, padding-invalid, padding-harmful, model-too-large</c>.
    /// </exception>
    public async Task<ModelVersion> FromBody(HttpContext context, string model, string fileName, ImportTerms terms)
    {
        var key = context.IdempotencyKey();
        var name = Path.GetFileName(fileName);
        using var content = new ImportedContent(objects);
        var kept = await content.Put(RequestBody.Open(context, BytesMax), context.RequestAborted);
        if (kept.SizeBytes == 0)
        {
            throw new RefusedException(new("body-empty", RefusalKind.Malformed, "The body is empty.", "body", "Send the bytes of an ONNX file."));
        }

        await using (var stored = content.OpenRead(kept.Sha256))
        {
            if (OnnxOutline.ExternalFiles(stored, name) is [var location, ..])
            {
                throw new RefusedException(new("external-file-missing", RefusalKind.Unprocessable, $"The graph's tensors lie in '{location}', which did not come with it.", name,
                    "Import the folder that holds the model together with its data files."));
            }
        }

        return (await Register(context, content, model, key, [new(name, kept.Sha256, kept.SizeBytes, Files: null)], terms))[0];
    }

    /// <summary>The parts of a form as files: <c>file</c> with a path as its file name, <c>warmup</c> with a sample request.</summary>
    /// <exception cref="RefusedException">As <see cref="FromBody"/> and <see cref="ReceivedModels"/>.</exception>
    public async Task<IReadOnlyList<ModelVersion>> FromForm(HttpContext context, string model, string? folderName, ImportTerms terms)
    {
        var key = context.IdempotencyKey();
        using var content = new ImportedContent(objects);
        var received = new ReceivedModels(content);
        await foreach (var part in ImportForm.Read(context, BytesMax))
        {
            if (part.IsWarmup)
            {
                received.Warmup = await KeepWarmup(content, new LimitedStream(part.Content, options.Value.ControlBytesMax), context.RequestAborted);
            }
            else if (received.Wants(part.Path))
            {
                await received.Add(part.Path, part.Content, context.RequestAborted);
            }
        }

        return await Register(context, content, model, key, await received.Finish(context.RequestAborted), terms, folderName);
    }

    /// <summary>A file or folder that lies in the object store already.</summary>
    /// <exception cref="RefusedException"><c>object-path-invalid, object-not-found</c>, and as <see cref="FromForm"/>.</exception>
    public async Task<IReadOnlyList<ModelVersion>> FromStore(HttpContext context, string model, StoredImport import, ImportTerms terms)
    {
        var key = context.IdempotencyKey();
        var root = $"imports/{context.Tenant()}";
        var place = $"{root}/{RequestArguments.Required(import.ObjectPath, "objectPath").Trim('/')}";
        var paths = objects.Exists(place) ? objects.List(place[..place.LastIndexOf('/')]) : objects.List(place);
        var folder = objects.Exists(place) ? place[..place.LastIndexOf('/')] : place;
        if (paths.Count == 0)
        {
            throw new RefusedException(new("object-not-found", RefusalKind.NotFound, $"The object store holds nothing at '{place}'.", place,
                $"Put the model's files below {root}/ in the factory's object store (its folder: objects/{root}/)."));
        }

        using var content = new ImportedContent(objects);
        var received = new ReceivedModels(content);
        var left = BytesMax;

        // A file that is named stands for the graph; what lies beside it comes along where the graph names it. Graphs first, so that nothing else does.
        foreach (var path in paths.OrderBy(path => !path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)))
        {
            var name = path[(folder.Length + 1)..];
            if ((objects.Exists(place) && path != place && path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) || !received.Wants(name))
            {
                continue;
            }

            await using var file = objects.OpenRead(path);
            left -= file.Length;
            await received.Add(name, left < 0 ? throw RequestBody.TooLarge(BytesMax) : file, context.RequestAborted);
        }

        if (import.Warmup is { } sample)
        {
            using var bytes = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(sample));
            received.Warmup = await KeepWarmup(content, bytes, context.RequestAborted);
        }

        return await Register(context, content, model, key, await received.Finish(context.RequestAborted), terms, import.ObjectPath);
    }

    private static async Task<ArtifactFile> KeepWarmup(ImportedContent content, Stream sample, CancellationToken cancellation)
    {
        var kept = await content.Put(sample, cancellation);
        return new("warmup.json", kept.Sha256, kept.SizeBytes);
    }

    private async Task<IReadOnlyList<ModelVersion>> Register(
        HttpContext context, ImportedContent content, string model, string? key, IReadOnlyList<ReceivedArtifact> artifacts, ImportTerms terms, string? folderName = null)
    {
        var commands = new List<RegisterModelVersion>();
        foreach (var artifact in artifacts)
        {
            var found = await Inspect(artifact, terms, artifacts.Count > 1);

            // The same file may be a model with memory and one without, or padded and not.
            var id = key is null ? artifact.Sha256 + terms.Text : artifacts.Count == 1 ? key : $"{key}.{commands.Count + 1}";
            var source = folderName is null || folderName == artifact.Source ? artifact.Source : $"{Path.GetFileName(folderName.TrimEnd('/'))}/{artifact.Source}";
            commands.Add(new(id, artifact.Sha256, artifact.Bytes, found.Signature, Classes: null, new ModelOrigin(null, null, source, FactoryVersion.Text),
                "onnx", new Dictionary<string, string>(), Evaluation: null, found.Checks.ToArray(), artifact.Files?.ToArray(), found.MemoryBytes));
        }

        var grain = grains.GetGrain<IModelGrain>(new ModelKey(context.Tenant(), model).ToGrainKey());
        var versions = new List<ModelVersion>();
        try
        {
            foreach (var command in commands)
            {
                versions.Add(await grain.Register(command));
                content.Keep();
            }
        }
        catch (Exception failure) when (failure is not RefusedException)
        {
            // It may have been registered all the same.
            content.Keep();
            throw;
        }

        return versions;
    }

    private async Task<ModelInspection> Inspect(ReceivedArtifact artifact, ImportTerms terms, bool oneOfSeveral)
    {
        Exception? last = null;
        foreach (var worker in await grains.GetGrain<IWorkerPoolGrain>("default").List())
        {
            try
            {
                return await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).Inspect(artifact.Sha256, terms.Sequence, terms.Padding);
            }
            catch (RefusedException refused) when (refused.Refusal.Kind != RefusalKind.Unavailable && oneOfSeveral)
            {
                throw new RefusedException(refused.Refusal with { Where = artifact.Source }, refused);
            }
            catch (Exception failure) when (Failures.IsUnavailable(failure))
            {
                last = failure;
            }
        }

        throw new RefusedException(new("workers-missing", RefusalKind.Unavailable, "There is no worker to look at the model.", null, "Try again in a second; see factory status."), last);
    }
}
