using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Requests;
using AiFactory.Lakehouse.Datasets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Datasets;

/// <summary>Looks at a CSV file without keeping it.</summary>
internal sealed class ContractInference(IDatasetTables tables, IOptions<GatewayOptions> options)
{
    private const string Yaml = "application/yaml";

    public async Task<IResult> Infer(HttpContext context, string name)
    {
        if (!RequestBody.IsType(context.Request.ContentType, "text/csv") && !RequestBody.IsType(context.Request.ContentType, "application/octet-stream"))
        {
            throw RequestBody.UnsupportedType(context, "text/csv");
        }

        // Inference reads synchronously, and may read twice: a file that is gone once it is closed.
        await using var file = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        });
        await RequestBody.Open(context, options.Value.IngestBytesMax).CopyToAsync(file, context.RequestAborted);
        file.Position = 0;
        var contract = tables.Infer(name, file);
        return context.Request.Headers.Accept.Any(accept => accept?.Contains(Yaml, StringComparison.OrdinalIgnoreCase) == true)
            ? Results.Text(OdcsDocument.ToYaml(contract), Yaml)
            : Results.Json(contract, FactoryJson.Options);
    }
}
