using System.Globalization;
using System.Net;
using System.Text.Json;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Tests.Rules.Language;

/// <summary>One line of a vector file: an expression, the values it may read, and the answer.</summary>
internal sealed class VectorCase
{
    private static readonly Dictionary<string, SignalType> Types = new()
    {
        ["bool"] = SignalType.Bool, ["int"] = SignalType.Int, ["double"] = SignalType.Double, ["string"] = SignalType.Text, ["money"] = SignalType.Money,
        ["ip"] = SignalType.Ip, ["timestamp"] = SignalType.Timestamp, ["duration"] = SignalType.Duration, ["null"] = SignalType.Null,
        ["list"] = SignalType.List, ["map"] = SignalType.Map,
    };

    private readonly JsonElement json;

    private VectorCase(string line) => json = JsonDocument.Parse(line).RootElement;

    public string Id => json.GetProperty("id").GetString()!;

    public JsonElement Expected => json.GetProperty("expect");

    public bool IsUnchecked => json.TryGetProperty("disableCheck", out var flag) && flag.GetBoolean();

    public static VectorCase Find(string file, string id) =>
        File.ReadLines(Shared.File(file)).Select(line => new VectorCase(line)).First(found => found.Id == id);

    public static IEnumerable<string> Ids(string file) =>
        Shared.FileOrNull(file) is { } path ? File.ReadLines(path).Select(line => new VectorCase(line).Id) : [];

    /// <summary>The value; null when missing; or the kind of the worst mistake.</summary>
    public object? Run()
    {
        var values = json.TryGetProperty("types", out var types) ? Attributes(types) : Bindings();
        var scope = new LanguageScope(values.Keys);
        var expression = Expressions.Check(json.GetProperty("expr").GetString()!, scope, out var diagnostics);
        if (expression is null) return diagnostics.Min(diagnostic => diagnostic.Kind);
        var layout = new SignalLayout(values.Keys, []);
        var signals = new Signals(layout.SlotCount);
        foreach (var (attribute, value) in values)
            if (value is not null) signals.Set(layout.SlotOf(attribute.Name), Signal.OfValue(value));
        var result = ExpressionProgram.Compile(expression, layout).Evaluate(signals);
        if (expression.Type == SignalType.Bool) AssertSameInBlock(expression, layout, signals, result);
        return result;
    }

    private static void AssertSameInBlock(CheckedExpression condition, SignalLayout layout, Signals signals, object? value)
    {
        ConditionBlock.Compile([condition, condition], layout).Evaluate(signals, out var isTrue, out var isMissing);
        Assert.Equal((value is true ? 3UL : 0, value is null ? 3UL : 0), (isTrue, isMissing));
    }

    private Dictionary<AttributeDefinition, object?> Attributes(JsonElement types) => types.EnumerateObject().ToDictionary(
        type => new AttributeDefinition(type.Name, Types[type.Value.GetString()!], ""),
        type => json.GetProperty("attributes").TryGetProperty(type.Name, out var value) ? ReadValue(type.Value.GetString()!, value) : null);

    private Dictionary<AttributeDefinition, object?> Bindings() => json.TryGetProperty("bindings", out var bindings)
        ? bindings.EnumerateObject().ToDictionary(
            binding => new AttributeDefinition(binding.Name, Types[binding.Value.GetProperty("type").GetString()!], ""),
            binding => (object?)ReadTyped(binding.Value))
        : [];

    public static object ReadTyped(JsonElement typed) => ReadValue(typed.GetProperty("type").GetString()!, typed.GetProperty("value"));

    private static object ReadValue(string type, JsonElement value) => type switch
    {
        "bool" => value.GetBoolean(),
        "int" => value.GetInt64(),
        "double" => ReadDouble(value),
        "string" => value.GetString()!,
        "money" => MoneyText.TryParse(value.GetString()!, out var money) ? money : throw new FormatException(),
        "ip" => IPAddress.Parse(value.GetString()!),
        "timestamp" => Timestamp.TryParse(value.GetString()!, out var timestamp) ? timestamp : throw new FormatException(),
        "duration" => Duration.TryParse(value.GetString()!, out var duration) ? duration : throw new FormatException(),
        "null" => NullValue.Instance,
        "list" => value.EnumerateArray().Select(ReadTyped).ToArray(),
        "map" => ReadMap(value),
        _ => throw new FormatException(type),
    };

    private static double ReadDouble(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble();

    private static MapValue ReadMap(JsonElement entries)
    {
        var pairs = entries.EnumerateArray().ToList();
        Assert.True(MapValue.TryCreate([.. pairs.Select(pair => ReadTyped(pair[0]))], [.. pairs.Select(pair => ReadTyped(pair[1]))], out var map));
        return map;
    }
}
