using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PaymentGuard.Assessments;
using PaymentGuard.Notifications.Texts;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>A text in both languages, or in the one that was asked for.</summary>
internal sealed record NoticeText(string? Zh, string? En)
{
    public static NoticeText Of(Bilingual<string> text, string? language) =>
        new(language is null or "zh" ? text.Zh : null, language is null or "en" ? text.En : null);
}

internal sealed record NoticeAnswer(string Id, NoticeText Title, NoticeText Text)
{
    public static NoticeAnswer Of(Notice notice, string? language) => new(notice.Id, NoticeText.Of(notice.Title, language), NoticeText.Of(notice.Text, language));
}

/// <summary>The buyer guide over HTTP, for checkout and the account page to show.</summary>
internal static class NoticeEndpoints
{
    private static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void MapNoticeEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/notices").WithTags("Notices").RequireScope(Scopes.Read);
        group.MapGet("", (Delegate)List)
            .WithName("listNotices").WithSummary("The buyer guide: short texts in Chinese and English to show to buyers")
            .WithDescription("Challenges and freezes name the ids of the texts that belong beside them.")
            .Produces<NoticeAnswer[]>().ProducesProblems(401, 403, 500);
        group.MapGet("/{id}", ([Microsoft.AspNetCore.Mvc.FromRoute] string id, string? language, HttpContext context) => Get(context, id, language))
            .WithName("getNotice").WithSummary("One text of the buyer guide")
            .WithDescription("With language, zh or en, only that language.")
            .Produces<NoticeAnswer>().ProducesProblems(400, 401, 403, 404, 500);
    }

    private static Task List(HttpContext context) =>
        context.Response.WriteAsJsonAsync(Notices.All.Select(notice => NoticeAnswer.Of(notice, null)), Plain, context.RequestAborted);

    private static Task Get(HttpContext context, string id, string? language)
    {
        if (language is not (null or "zh" or "en")) return Problems.Write(context, Problems.InvalidField, [new FieldError("/language", "must be zh or en")]);
        return Notices.Find(id) is { } notice
            ? context.Response.WriteAsJsonAsync(NoticeAnswer.Of(notice, language), Plain, context.RequestAborted)
            : Problems.Write(context, Problems.NotFound);
    }
}
