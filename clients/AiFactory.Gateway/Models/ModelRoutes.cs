using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Models;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Models;

internal static class ModelRoutes
{
    public static void MapModels(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Models");
        group.MapGet("/v1/models", List).WithSummary("Names of all models.");
        group.MapGet("/v1/models/{model}", Get).WithSummary("A model with its versions.");
        group.MapGet("/v1/models/{model}/versions/{version}", GetVersion).WithSummary("A model version by number, or the latest.");
        group.MapGet("/v1/models/{model}/versions/{version}/artifact", GetArtifact).WithSummary("The model version's ONNX file; other files of it lie under files.")
            .Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream");
        group.MapGet("/v1/models/{model}/versions/{version}/files/{**path}", GetFile).WithSummary("One file of a model version that has several.")
            .Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream");
        group.MapPost("/v1/models/{model}/versions", Import).WithSummary("Registers an ONNX file as the model's next version; sequence=INPUT=OUTPUT,... names the state that it keeps between requests, "
            + "pad=AXIS=VALUE,INPUT=VALUE,... an axis that rows may be padded along (its owner says that this changes no answer), bucket=32,64,... to which sizes.")
            .Takes<Stream>("application/octet-stream").Produces<ModelVersion>(StatusCodes.Status201Created).WithImportProblems();
        group.MapPost("/v1/models/{model}/imports", ImportFiles)
            .WithSummary("Registers a model with its data files, or several versions (1/, 2/), from a form's files or from the object store; sequence, pad and bucket as for one file.")
            .Takes<StoredImport>("application/json", ImportForm.ContentType).Produces<IReadOnlyList<ModelVersion>>(StatusCodes.Status201Created).WithImportProblems();
        group.MapPost("/v1/models/{model}/versions/{version}/load", Load)
            .WithSummary("Brings a model version into the memory of all workers, or of one, where it stays until it is unloaded.")
            .WithProblems(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status422UnprocessableEntity);
        group.MapPost("/v1/models/{model}/versions/{version}/unload", Unload)
            .WithSummary("Takes a model version out of the memory of all workers, or of one; the next request for it loads it again.");
        group.MapGet("/v1/workers/models", ListLoaded).WithSummary("Models in each worker's memory: bytes, users, idle time, pinned or not; and the budget.");
        group.MapPost("/v1/models/{model}/ensembles", Compose).WithSummary("Registers an ensemble, a graph of models and built-in steps, as the model's next version.")
            .Takes<EnsembleSpec>("application/json").Produces<ModelVersion>(StatusCodes.Status201Created)
            .WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status507InsufficientStorage);
    }

    private static RouteHandlerBuilder WithImportProblems(this RouteHandlerBuilder route) => route.WithProblems(
        StatusCodes.Status409Conflict, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity,
        StatusCodes.Status507InsufficientStorage);

    private static Task<IReadOnlyList<string>> List(HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IModelCatalogGrain>(context.Tenant()).List();

    private static Task<Model> Get(string model, HttpContext context, IGrainFactory grains) => Grain(model, context, grains).Get();

    private static Task<ModelVersion> GetVersion(string model, string version, HttpContext context, IGrainFactory grains) =>
        Grain(model, context, grains).GetVersion(RequestArguments.Version(version));

    private static async Task<IResult> GetArtifact(string model, string version, HttpContext context, IGrainFactory grains, IObjectStore objects)
    {
        var found = await GetVersion(model, version, context, grains);
        return Send(objects, found, found.Files is [var graph, ..] ? graph.Sha256 : found.ArtifactSha256, $"{found.Model}-{found.Version}.{(found.Ensemble is null ? "onnx" : "json")}");
    }

    private static async Task<IResult> GetFile(string model, string version, string path, HttpContext context, IGrainFactory grains, IObjectStore objects)
    {
        var found = await GetVersion(model, version, context, grains);
        return found.Files?.FirstOrDefault(file => file.Path == path) is { } file
            ? Send(objects, found, file.Sha256, Path.GetFileName(path))
            : throw new RefusedException(new("file-not-found", RefusalKind.NotFound, $"{found.Model}@{found.Version} has no file '{path}'.", path,
                found.Files is null ? "It is one ONNX file: see artifact." : $"It has: {string.Join(", ", found.Files.Select(candidate => candidate.Path))}."));
    }

    private static IResult Send(IObjectStore objects, ModelVersion version, string sha256, string fileName)
    {
        var path = objects.ContentPath(sha256);
        return objects.Exists(path)
            ? Results.Stream(objects.OpenRead(path), "application/octet-stream", fileName)
            : throw new RefusedException(new("artifact-missing", RefusalKind.NotFound, $"The object store holds no artefact {sha256}.", $"{version.Model}@{version.Version}",
                "Restore the object store, or train or import the model anew."));
    }

    private static async Task<IResult> Import(string model, HttpContext context, ModelImport import, string? fileName = null, string? sequence = null, string? pad = null, string? bucket = null)
    {
        var name = RequestArguments.Name("model", model);
        var registered = await import.FromBody(context, name, fileName ?? $"{name}.onnx", ImportTerms.Read(sequence, pad, bucket));
        return Results.Created($"/v1/models/{registered.Model}/versions/{registered.Version}", registered);
    }

    private static async Task<IResult> Compose(string model, HttpContext context, IGrainFactory grains, ModelComposition composition)
    {
        var registered = await Grain(model, context, grains).Register(await composition.Compose(context, await context.ReadJson<EnsembleSpec>()));
        return Results.Created($"/v1/models/{registered.Model}/versions/{registered.Version}", registered);
    }

    private static async Task<IResult> ImportFiles(string model, HttpContext context, ModelImport import, string? fileName = null, string? sequence = null, string? pad = null, string? bucket = null)
    {
        var name = RequestArguments.Name("model", model);
        var terms = ImportTerms.Read(sequence, pad, bucket);
        var registered = RequestBody.IsType(context.Request.ContentType, ImportForm.ContentType)
            ? await import.FromForm(context, name, fileName, terms)
            : await import.FromStore(context, name, await context.ReadJson<StoredImport>(), terms);
        return Results.Created($"/v1/models/{name}", registered);
    }

    private static Task<IReadOnlyList<WorkerModels>> Load(string model, string version, HttpContext context, ModelResidency residency, string? worker = null) =>
        residency.Load(Key(model, context), RequestArguments.Version(version), worker);

    private static Task<IReadOnlyList<WorkerModels>> Unload(string model, string version, HttpContext context, ModelResidency residency, string? worker = null) =>
        residency.Unload(Key(model, context), RequestArguments.Version(version), worker);

    private static Task<IReadOnlyList<WorkerModels>> ListLoaded(HttpContext context, ModelResidency residency) => residency.List(context.Tenant());

    private static ModelKey Key(string model, HttpContext context) => new(context.Tenant(), RequestArguments.Name("model", model));

    private static IModelGrain Grain(string model, HttpContext context, IGrainFactory grains) => grains.GetGrain<IModelGrain>(Key(model, context).ToGrainKey());
}
