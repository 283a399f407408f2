using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>Where a page of a list in the order of time ends. As text it is opaque to callers: they hand back what they were given.</summary>
/// <param name="Kind">Orders what happened at the same time, before the id; empty where a list has one kind.</param>
internal readonly record struct PageCursor(DateTimeOffset At, string Kind, string Id)
{
    public const int SizeDefault = 50, SizeMax = 200;

    private const int LengthMax = 1_024;

    /// <summary>Later than all.</summary>
    public static PageCursor Latest { get; } = new(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero), "", "");

    /// <summary>Earlier than all.</summary>
    public static PageCursor Earliest { get; } = new(DateTimeOffset.UnixEpoch, "", "");

    /// <summary>The cursor and the page's size that a request asks for; null when it was answered with what is wrong with them.</summary>
    /// <param name="name">The cursor's parameter.</param>
    public static async Task<(PageCursor? Cursor, int Size)?> Read(HttpContext context, string name)
    {
        var (query, errors) = (context.Request.Query, new List<FieldError>());
        var (size, cursor) = (SizeDefault, (PageCursor?)null);
        if (query["limit"].ToString() is { Length: > 0 } limit
            && !(int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= SizeMax))
            errors.Add(new FieldError("", $"the parameter limit must be a whole number from 1 to {SizeMax}"));
        if (query[name].ToString() is { Length: > 0 } text && (cursor = Parse(text)) is null)
            errors.Add(new FieldError("", $"the parameter {name} must be what an earlier answer gave"));
        if (errors.Count == 0) return (cursor, size);
        await Problems.Write(context, Problems.InvalidField, errors);
        return null;
    }

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks} {Kind} {Id}")));

    private static PageCursor? Parse(string text)
    {
        var bytes = new byte[LengthMax];
        if (text.Length > LengthMax || Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done) return null;
        var parts = Encoding.UTF8.GetString(bytes, 0, length).Split(' ', 3);
        return parts is [var at, var kind, var id] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= Latest.At.UtcTicks && !id.Contains('\0') && !kind.Contains('\0')
                ? new PageCursor(new DateTimeOffset(ticks, TimeSpan.Zero), kind, id)
                : null;
    }
}
