using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Training;
using AiFactory.Lakehouse.Datasets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Training;

internal static class TrainingRoutes
{
    public static void MapTraining(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Training");
        group.MapPost("/v1/training-runs", Start).WithSummary("Starts a training run. The Idempotency-Key becomes its id.")
            .Takes<TrainingSpec>("application/json").Produces<TrainingRun>(StatusCodes.Status202Accepted)
            .WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity);
        group.MapGet("/v1/training-runs", List).WithSummary("Ids of all training runs, newest last.");
        group.MapGet("/v1/training-runs/{id}", Get).WithSummary("A training run as it stands.");
        group.MapPost("/v1/training-runs/{id}/cancel", Cancel).WithSummary("Cancels a training run.").WithProblems(StatusCodes.Status409Conflict);
        group.MapGet("/v1/training-runs/{id}/holdout", GetHoldout).WithSummary("The rows that the run did not learn from, with all columns, in row order.")
            .Produces<string>(StatusCodes.Status200OK, "text/csv");
    }

    private static async Task<IResult> Start(HttpContext context, IGrainFactory grains)
    {
        var sent = await context.ReadJson<TrainingSpec>();
        RequestArguments.Required(sent.Model, "model");
        RequestArguments.Required(sent.Label, "label");
        RequestArguments.Required(sent.Trainer, "trainer");
        RequestArguments.Name("dataset", RequestArguments.Required(sent.Dataset.Dataset, "dataset.dataset"));
        var id = context.IdempotencyKey() ?? $"run-{Guid.CreateVersion7():n}";
        var run = await Grain(id, context, grains).Start(sent with { Dataset = sent.Dataset with { Tenant = context.Tenant() } });
        return Results.Accepted($"/v1/training-runs/{run.Id}", run);
    }

    private static Task<IReadOnlyList<string>> List(HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<ITrainingRunCatalogGrain>(context.Tenant()).List();

    private static Task<TrainingRun> Get(string id, HttpContext context, IGrainFactory grains) => Grain(id, context, grains).Get();

    private static Task<TrainingRun> Cancel(string id, HttpContext context, IGrainFactory grains) => Grain(id, context, grains).Cancel();

    private static async Task GetHoldout(string id, HttpContext context, IGrainFactory grains, IDatasetTables tables)
    {
        var spec = (await Get(id, context, grains)).Spec;
        var dataset = await grains.GetGrain<IDatasetGrain>(new DatasetKey(context.Tenant(), spec.Dataset.Dataset).ToGrainKey())
            .GetVersion(spec.Dataset.Version == 0 ? null : spec.Dataset.Version);
        var held = HoldoutSplit.Draw(checked((int)dataset.Rows), spec.HoldoutFraction, spec.Seed).HoldoutRows;
        context.Response.ContentType = "text/csv; charset=utf-8";
        await CsvText.Write(context.Response.BodyWriter, tables.ReadColumns(dataset), held, context.RequestAborted);
    }

    private static ITrainingRunGrain Grain(string id, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<ITrainingRunGrain>(new TrainingRunKey(context.Tenant(), RequestArguments.Name("training run", id)).ToGrainKey());
}
