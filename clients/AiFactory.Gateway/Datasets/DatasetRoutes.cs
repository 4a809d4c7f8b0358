using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Datasets;
using AiFactory.Lakehouse.Datasets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Datasets;

internal static class DatasetRoutes
{
    private const int QuarantineLimitMax = 10_000;

    public static void MapDatasets(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Datasets");
        group.MapGet("/v1/datasets", List).WithSummary("Names of all datasets.");
        group.MapGet("/v1/datasets/{name}", Get).WithSummary("A dataset with its contract, versions and ingestions.");
        group.MapPost("/v1/datasets/infer", Infer).WithSummary("A contract that a CSV file would satisfy; as YAML where the Accept header asks for application/yaml.")
            .Takes<string>("text/csv").Produces<DataContract>(StatusCodes.Status200OK, "application/json", "application/yaml")
            .WithProblems(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity);
        group.MapPost("/v1/datasets/{name}/ingestions", Ingest).WithSummary("Keeps a CSV file, sent bare or as multipart with its contract, and begins to ingest it.")
            .Takes<string>("text/csv", "multipart/form-data").Produces<Ingestion>(StatusCodes.Status202Accepted)
            .WithProblems(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status507InsufficientStorage);
        group.MapGet("/v1/datasets/{name}/ingestions/{id}", GetIngestion).WithSummary("An ingestion as it stands.");
        group.MapGet("/v1/datasets/{name}/versions/{version}", GetVersion).WithSummary("A dataset version by number, or the latest.");
        group.MapGet("/v1/datasets/{name}/versions/{version}/quarantine", GetQuarantine).WithSummary("Faults of the rows that are not in the version.");
    }

    private static Task<IReadOnlyList<string>> List(HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IDatasetCatalogGrain>(context.Tenant()).List();

    private static Task<Dataset> Get(string name, HttpContext context, IGrainFactory grains) => Grain(name, context, grains).Get();

    private static Task<Ingestion> GetIngestion(string name, string id, HttpContext context, IGrainFactory grains) =>
        Grain(name, context, grains).GetIngestion(id);

    private static Task<DatasetVersion> GetVersion(string name, string version, HttpContext context, IGrainFactory grains) =>
        Grain(name, context, grains).GetVersion(RequestArguments.Version(version));

    private static async Task<IReadOnlyList<QuarantinedRow>> GetQuarantine(
        string name, string version, HttpContext context, IGrainFactory grains, IDatasetTables tables, long offset = 0, int limit = 100)
    {
        if (offset < 0 || limit is < 1 or > QuarantineLimitMax)
        {
            throw new RefusedException(new("page-malformed", RefusalKind.Malformed, $"Offset {offset} with limit {limit} is not a page.", "offset, limit",
                $"Use an offset of 0 or more and a limit of 1 to {QuarantineLimitMax}."));
        }

        return tables.ReadQuarantine(await GetVersion(name, version, context, grains), offset, limit);
    }

    private static Task<IResult> Infer(HttpContext context, ContractInference inference, string name = "dataset") =>
        inference.Infer(context, RequestArguments.Name("dataset", name));

    private static async Task<IResult> Ingest(string name, HttpContext context, IGrainFactory grains, DatasetUpload upload, string? fileName = null, string? modifiedAt = null)
    {
        var dataset = Grain(name, context, grains);
        var ingestion = await dataset.Ingest(await upload.Receive(context, fileName ?? $"{name}.csv", modifiedAt));
        return Results.Accepted($"/v1/datasets/{name}/ingestions/{Uri.EscapeDataString(ingestion.Id)}", ingestion);
    }

    private static IDatasetGrain Grain(string name, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IDatasetGrain>(new DatasetKey(context.Tenant(), RequestArguments.Name("dataset", name)).ToGrainKey());
}
