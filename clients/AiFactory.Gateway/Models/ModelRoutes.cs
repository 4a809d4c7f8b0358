using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
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
        group.MapGet("/v1/models/{model}/versions/{version}/artifact", GetArtifact).WithSummary("The model version's ONNX file.")
            .Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream");
        group.MapPost("/v1/models/{model}/versions", Import).WithSummary("Registers an ONNX file as the model's next version.")
            .Takes<Stream>("application/octet-stream").Produces<ModelVersion>(StatusCodes.Status201Created)
            .WithProblems(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status507InsufficientStorage);
        group.MapPost("/v1/models/{model}/ensembles", Compose).WithSummary("Registers an ensemble, a graph of models and built-in steps, as the model's next version.")
            .Takes<EnsembleSpec>("application/json").Produces<ModelVersion>(StatusCodes.Status201Created)
            .WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status507InsufficientStorage);
    }

    private static Task<IReadOnlyList<string>> List(HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IModelCatalogGrain>(context.Tenant()).List();

    private static Task<Model> Get(string model, HttpContext context, IGrainFactory grains) => Grain(model, context, grains).Get();

    private static Task<ModelVersion> GetVersion(string model, string version, HttpContext context, IGrainFactory grains) =>
        Grain(model, context, grains).GetVersion(RequestArguments.Version(version));

    private static async Task<IResult> GetArtifact(string model, string version, HttpContext context, IGrainFactory grains, IObjectStore objects)
    {
        var found = await GetVersion(model, version, context, grains);
        var path = objects.ContentPath(found.ArtifactSha256);
        return objects.Exists(path)
            ? Results.Stream(objects.OpenRead(path), "application/octet-stream", $"{found.Model}-{found.Version}.{(found.Ensemble is null ? "onnx" : "json")}")
            : throw new RefusedException(new("artifact-missing", RefusalKind.NotFound, $"The object store holds no artefact {found.ArtifactSha256}.", $"{found.Model}@{found.Version}",
                "Restore the object store, or train or import the model anew."));
    }

    private static async Task<IResult> Import(string model, HttpContext context, IGrainFactory grains, ModelImport import, string? fileName = null)
    {
        var registered = await Grain(model, context, grains).Register(await import.Receive(context, fileName ?? $"{model}.onnx"));
        return Results.Created($"/v1/models/{registered.Model}/versions/{registered.Version}", registered);
    }

    private static async Task<IResult> Compose(string model, HttpContext context, IGrainFactory grains, ModelComposition composition)
    {
        var registered = await Grain(model, context, grains).Register(await composition.Compose(context, await context.ReadJson<EnsembleSpec>()));
        return Results.Created($"/v1/models/{registered.Model}/versions/{registered.Version}", registered);
    }

    private static IModelGrain Grain(string model, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IModelGrain>(new ModelKey(context.Tenant(), RequestArguments.Name("model", model)).ToGrainKey());
}
