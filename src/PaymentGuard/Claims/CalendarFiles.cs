using System.Collections.Immutable;
using PaymentGuard.Domain.Claims;
using PaymentGuard.Rules;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Claims;

/// <summary>Reads <c>calendars/*.yaml</c>, one calendar a file that bears its id.</summary>
internal static class CalendarFiles
{
    public const string Folder = "calendars";

    private static readonly string[] Keys = ["id", "version", "from", "to", "weekend", "source", "closed", "workdays"];
    private static readonly string[] DayKeys = ["on", "from", "to", "name"];
    private static readonly Dictionary<string, DayOfWeek> DaysOfWeek = Enum.GetValues<DayOfWeek>().ToDictionary(day => YamlFields.YamlWord(day.ToString()));

    public static ImmutableDictionary<string, BusinessCalendar> Read(string rulesFolder, List<RuleDiagnostic> diagnostics)
    {
        var all = ImmutableDictionary.CreateBuilder<string, BusinessCalendar>();
        var folder = Path.Combine(rulesFolder, Folder);
        if (!Directory.Exists(folder)) diagnostics.Add(new(Folder, 0, 0, $"There is no such folder in the rules folder '{rulesFolder}'."));
        else foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
            if (SourceFile.Read($"{Folder}/{Path.GetFileName(path)}", path, diagnostics) is { } file && Read(file, diagnostics) is { } calendar) all.Add(calendar.Id, calendar);
        return all.ToImmutable();
    }

    /// <summary>Null, with a diagnostic, when there is anything wrong with it.</summary>
    public static BusinessCalendar? Read(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        var errors = diagnostics.Count;
        if (YamlFields.RootOf(file, diagnostics) is not { } root) return null;
        var fields = new YamlFields(file, root, diagnostics, Keys);
        var (id, version) = (fields.Text("id", required: true), fields.Text("version", required: true));
        if (id is not null && id != Path.GetFileNameWithoutExtension(file.Path)) fields.Error("id", $"The id is the file's name: '{Path.GetFileNameWithoutExtension(file.Path)}'.");
        if (fields.Items("source").Count == 0) fields.Error("source", "'source' has to name at least one source.");
        if (fields.Date("from", required: true) is not { } from || fields.Date("to", required: true) is not { } to) return null;
        if (to < from) fields.Error("to", "'to' is before 'from'.");
        var weekend = Weekend(fields);
        var (closed, workdays) = (Days(fields, "closed", from, to), Days(fields, "workdays", from, to));
        foreach (var (day, place) in workdays)
            if (closed.ContainsKey(day)) place.Error("on", $"{day:yyyy-MM-dd} is closed as well.");
            else if (!weekend.Contains(day.DayOfWeek)) place.Error("on", $"{day:yyyy-MM-dd} is a {day.DayOfWeek}, a business day anyway.");
        return diagnostics.Count > errors ? null : new BusinessCalendar(id!, version!, from, to, weekend, closed.Keys, workdays.Keys);
    }

    /// <summary>Has to be there; an empty list for an institution that is open each day.</summary>
    private static List<DayOfWeek> Weekend(YamlFields fields)
    {
        var all = new List<DayOfWeek>();
        if (!fields.Has("weekend")) fields.Error("weekend", "'weekend' is missing.");
        foreach (var item in fields.Items("weekend"))
            if (item is YamlScalarNode { Value: { } word } && DaysOfWeek.TryGetValue(word, out var day)) all.Add(day);
            else fields.Error(item, YamlFields.UnknownName("day", (item as YamlScalarNode)?.Value ?? "", DaysOfWeek.Keys));
        return all;
    }

    /// <summary>Each item is one day (<c>on</c>), or several (<c>from</c>, <c>to</c>), with a name for people.</summary>
    private static Dictionary<DateOnly, YamlFields> Days(YamlFields fields, string key, DateOnly first, DateOnly last)
    {
        var all = new Dictionary<DateOnly, YamlFields>();
        foreach (var item in fields.Mappings(key, DayKeys))
        {
            item.Text("name", required: true);
            var isOne = item.Has("on");
            if (isOne && (item.Has("from") || item.Has("to"))) item.Error("on", "'on' is one day, 'from' and 'to' are several.");
            if (item.Date(isOne ? "on" : "from", required: true) is not { } from || (isOne ? from : item.Date("to", required: true)) is not { } to) continue;
            if (to < from) item.Error("to", "'to' is before 'from'.");
            else if (from < first || to > last) item.Error(isOne ? "on" : "from", $"The calendar covers {first:yyyy-MM-dd} to {last:yyyy-MM-dd} only.");
            else for (var day = from; day <= to; day = day.AddDays(1))
                if (!all.TryAdd(day, item)) item.Error(isOne ? "on" : "from", $"{day:yyyy-MM-dd} is there twice.");
        }
        return all;
    }
}
