using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Status;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Models;

/// <summary>Receives a model file into the object store, and lets a worker say what it takes and gives.</summary>
internal sealed class ModelImport(IObjectStore objects, IGrainFactory grains, IOptions<GatewayOptions> options)
{
    /// <exception cref="RefusedException">
    /// <c>body-too-large, object-store-full, body-empty, workers-missing</c>, or what the worker says: <c>artifact-corrupt, signature-unsupported</c>.
    /// </exception>
    public async Task<RegisterModelVersion> Receive(HttpContext context, string fileName)
    {
        var key = context.IdempotencyKey();
        var kept = await objects.PutContent(RequestBody.Open(context, options.Value.ModelBytesMax), context.RequestAborted);
        if (kept.SizeBytes == 0)
        {
            throw new RefusedException(new("body-empty", RefusalKind.Malformed, "The body is empty.", "body", "Send the bytes of an ONNX file."));
        }

        var signature = await Inspect(kept.Sha256);
        return new(key ?? kept.Sha256, kept.Sha256, kept.SizeBytes, signature, Classes: null,
            new ModelOrigin(null, null, Path.GetFileName(fileName), FactoryVersion.Text), "onnx", new Dictionary<string, string>(), Evaluation: null);
    }

    private async Task<ModelSignature> Inspect(string sha256)
    {
        Exception? last = null;
        foreach (var worker in await grains.GetGrain<IWorkerPoolGrain>("default").List())
        {
            try
            {
                return await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).Inspect(sha256);
            }
            catch (Exception failure) when (Failures.IsUnavailable(failure))
            {
                last = failure;
            }
        }

        throw new RefusedException(new("workers-missing", RefusalKind.Unavailable, "There is no worker to look at the model.", null, "Try again in a second; see factory status."), last);
    }
}
