using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Audit;

/// <param name="Details">JSON; a text when what is stored is none, which only an alteration can bring about.</param>
internal sealed record AuditEntryAnswer(
    long Number, DateTimeOffset At, string Actor, string Action, string? AccountId, string Object, JsonElement Details, string TraceId);

/// <param name="Entries">By number.</param>
/// <param name="Next">The <c>after</c> that gives the next page; null: there is none yet.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntryAnswer> Entries, long? Next);

/// <summary>The entries of the audit chain over HTTP. Whether they are as they were written is told by <c>paymentguard audit verify</c> alone.</summary>
internal static class AuditEndpoint
{
    private const int PageSize = 100;

    private const string PageSql = $"""
        SELECT {AuditChain.Columns} FROM audit_entries WHERE number > $1 AND ($2 IS NULL OR account_id = $2) ORDER BY number LIMIT $3
        """;

    public static void MapAuditEndpoint(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audit/entries", Get).RequireScope(Scopes.Read)
            .WithName("getAuditEntries").WithSummary("Who did what, when, to whose account").WithTags("Audit")
            .WithDescription("100 entries a page, by number. accountId: only those of one account; after: only those with larger numbers.")
            .Produces<AuditPage>()
            .ProducesProblems(400, 401, 403, 500, 503);

    private static async Task Get(HttpContext context, string? accountId, string? after)
    {
        var number = 0L;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            await Problems.Write(context, Problems.InvalidField, [new FieldError("/after", "must be the number of an entry")]);
            return;
        }
        try { await context.Response.WriteAsJsonAsync(await Read(context, number, accountId), JsonSerializerOptions.Web, context.RequestAborted); }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException && !context.Response.HasStarted) { await Problems.Write(context, Problems.Unavailable); }
    }

    private static async Task<AuditPage> Read(HttpContext context, long after, string? accountId)
    {
        var postgres = context.RequestServices.GetRequiredService<NpgsqlDataSource>();
        await using var command = postgres.CreateCommand(PageSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)accountId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = PageSize });
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var entries = new List<AuditEntryAnswer>();
        while (await reader.ReadAsync(context.RequestAborted)) entries.Add(Entry(reader));
        return new AuditPage(entries, entries.Count == PageSize ? entries[^1].Number : null);
    }

    private static AuditEntryAnswer Entry(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetString(5), Json(reader.GetString(6)), reader.GetString(7));

    private static JsonElement Json(string text)
    {
        try { return JsonElement.Parse(text); }
        catch (JsonException) { return JsonSerializer.SerializeToElement(text); }
    }
}
