using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace AiFactory.Gateway.Documentation;

/// <summary>The OpenAPI document, <c>/openapi/v1.json</c>.</summary>
internal static class OpenApiDocumentation
{
    public const string DocumentName = "v1";

    public static IServiceCollection AddGatewayDocumentation(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, options =>
        {
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new()
                {
                    Title = "AiFactory",
                    Version = DocumentName,
                    Description = "Raw data in, decisions out; every decision explained, priced and kept. Errors are RFC 9457 problems with the members code, where and mend.",
                };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(AddPathParameters);
            options.AddOperationTransformer(AddRequestBody);
        });

    private static async Task AddRequestBody(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RequestBodyShape>().FirstOrDefault() is not { } shape)
        {
            return;
        }

        var schema = await context.GetOrCreateSchemaAsync(shape.Type, null, cancellation);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = shape.Required,
            Content = shape.ContentTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }),
        };
    }

    // Handlers that take the bare request say nothing of the path's parameters; the path does.
    private static Task AddPathParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        foreach (var segment in (context.Description.RelativePath ?? "").Split('/'))
        {
            var name = segment.Length > 2 && segment[0] == '{' ? segment.Trim('{', '}').Split(':')[0] : null;
            if (name is not null && operation.Parameters?.Any(parameter => parameter.Name == name) != true)
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }
        }

        return Task.CompletedTask;
    }
}
