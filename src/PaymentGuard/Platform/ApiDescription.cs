using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using PaymentGuard.Assessments;

namespace PaymentGuard.Platform;

/// <summary>A refusal's shape, for the API's description; <see cref="Problems"/> writes it.</summary>
internal sealed record ProblemAnswer(string Type, string Title, int Status, string Code, string TraceId, IReadOnlyList<FieldError>? Errors = null);

/// <summary>The OpenAPI document: what each route takes, gives and demands.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";

    public static IServiceCollection AddApiDescription(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        return services.AddOpenApi(options =>
        {
            options.AddDocumentTransformer((document, _, _) => Describe(document));
            options.AddSchemaTransformer((schema, context, _) =>
            {
                AssessmentSchemas.Describe(schema, context.JsonTypeInfo, context.JsonPropertyInfo);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) => DemandToken(operation, context));
        });
    }

    /// <summary>The refusals of a route.</summary>
    public static TBuilder ProducesProblems<TBuilder>(this TBuilder route, params ReadOnlySpan<int> statuses) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
            route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemAnswer), [Problems.ContentType]));
        return route;
    }

    private static Task Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo { Title = "PaymentGuard", Version = "v1", Description = "Decisions on payments, and the events they learn from." };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = Bearer,
            BearerFormat = "JWT",
            Description = "ES256 access token with the route's scope.",
        };
        return Task.CompletedTask;
    }

    private static Task DemandToken(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        // A demand of several scopes is met by any one of them, and so are alternatives of OpenAPI.
        var scopes = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().SelectMany(data => data.Policy!.Split(' ')).ToList();
        if (scopes.Count > 0)
            operation.Security =
                [.. scopes.Select(scope => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [scope] })];
        return Task.CompletedTask;
    }
}
