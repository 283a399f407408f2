using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Rules;

/// <summary>
/// Evaluates expressions outside any payment, for conformance tests of the language: each case brings the names that it may use, with
/// plain values (<c>types</c> and <c>attributes</c>) or with typed ones (<c>bindings</c>). The formats are in rules/README.md.
/// </summary>
internal static class LanguageCases
{
    private static readonly Dictionary<string, SignalType> Types = new(StringComparer.Ordinal)
    {
        ["bool"] = SignalType.Bool, ["int"] = SignalType.Int, ["double"] = SignalType.Double, ["string"] = SignalType.Text,
        ["money"] = SignalType.Money, ["ip"] = SignalType.Ip, ["timestamp"] = SignalType.Timestamp, ["duration"] = SignalType.Duration,
        ["null"] = SignalType.Null, ["list"] = SignalType.List, ["map"] = SignalType.Map,
    };

    /// <summary>The answer to one case: <c>id</c> and one of <c>value</c>, <c>missing</c> and <c>error</c>.</summary>
    /// <exception cref="InvalidDataException">It is no case.</exception>
    public static JsonObject Evaluate(JsonElement test)
    {
        if (test.ValueKind != JsonValueKind.Object || !test.TryGetProperty("id", out var id) || !test.TryGetProperty("expr", out var source))
            throw new InvalidDataException("A case needs an id and an expr.");
        var isTyped = test.TryGetProperty("bindings", out var bindings);
        var names = isTyped ? Bindings(bindings) : Attributes(test);
        var answer = new JsonObject { ["id"] = id.GetString() };
        var scope = new LanguageScope(names.Select(name => name.Definition));
        if (Expressions.Check(source.GetString()!, scope, out var found) is not { } expression)
            answer["error"] = YamlFields.YamlWord(found[0].Kind.ToString());
        else if (TryEvaluate(expression, names, out var value))
            answer["value"] = isTyped ? Typed(ToObject(value, expression.Type)) : Plain(value, expression.Type);
        else answer["missing"] = true;
        return answer;
    }

    private static bool TryEvaluate(CheckedExpression expression, List<(AttributeDefinition Definition, Signal? Value)> names, out Signal value)
    {
        var layout = new SignalLayout(names.Select(name => name.Definition), []);
        var signals = new Signals(layout.SlotCount);
        foreach (var (definition, known) in names)
            if (known is { } signal) signals.Set(layout.SlotOf(definition.Name), signal);
        return ExpressionProgram.Compile(expression, layout).TryEvaluate(signals, out value);
    }

    private static List<(AttributeDefinition Definition, Signal? Value)> Attributes(JsonElement test)
    {
        var names = new List<(AttributeDefinition, Signal?)>();
        if (!test.TryGetProperty("types", out var types)) return names;
        var hasValues = test.TryGetProperty("attributes", out var values);
        foreach (var type in types.EnumerateObject())
        {
            var definition = new AttributeDefinition(type.Name, TypeOf(type.Value.GetString()), "");
            var known = hasValues && values.TryGetProperty(type.Name, out var value) && value.ValueKind != JsonValueKind.Null;
            names.Add((definition, known ? FromPlain(values.GetProperty(type.Name), definition.Type) : null));
        }
        return names;
    }

    private static List<(AttributeDefinition Definition, Signal? Value)> Bindings(JsonElement bindings) =>
    [
        .. from binding in bindings.EnumerateObject()
           let value = FromTyped(binding.Value)
           let type = TypeOf(binding.Value.GetProperty("type").GetString())
           select (new AttributeDefinition(binding.Name, type, ""), (Signal?)ToSignal(value)),
    ];

    private static SignalType TypeOf(string? name) =>
        name is not null && Types.TryGetValue(name, out var type) ? type : throw new InvalidDataException($"There is no type '{name}'.");

    private static Signal FromPlain(JsonElement value, SignalType type) => type switch
    {
        SignalType.Bool => ToSignal(value.GetBoolean()),
        SignalType.Int => ToSignal(value.TryGetInt64(out var number) ? number : checked((long)value.GetDouble())),
        SignalType.Double => ToSignal(value.GetDouble()),
        SignalType.Text => ToSignal(value.GetString()!),
        SignalType.Ip => ToSignal(IPAddress.Parse(value.GetString()!)),
        SignalType.Timestamp or SignalType.Duration => ToSignal(TimeOf(value.GetString()!, type)),
        SignalType.Money => MoneyOf(value.GetString()!),
        _ => throw new InvalidDataException($"An attribute cannot be a {type}."),
    };

    /// <summary>Any three capitals are a currency here, so that amounts of no known currency can be tested.</summary>
    private static Signal MoneyOf(string text)
    {
        if (Constants.TryRead(text, SignalType.Money, out var money)) return money;
        var parts = text.Split(' ');
        return ToSignal(new Money((long)(decimal.Parse(parts[0], CultureInfo.InvariantCulture) * 100), parts[^1]));
    }

    private static object FromTyped(JsonElement typed)
    {
        var value = typed.GetProperty("value");
        return typed.GetProperty("type").GetString() switch
        {
            "null" => NullValue.Instance,
            "bool" => value.GetBoolean(),
            "int" => value.GetInt64(),
            "double" => value.ValueKind == JsonValueKind.String ? SpecialDouble(value.GetString()!) : value.GetDouble(),
            "string" => value.GetString()!,
            "timestamp" => TimeOf(value.GetString()!, SignalType.Timestamp),
            "duration" => TimeOf(value.GetString()!, SignalType.Duration),
            "list" => value.EnumerateArray().Select(FromTyped).ToArray(),
            "map" => MapOf([.. value.EnumerateArray()]),
            var other => throw new InvalidDataException($"There is no type '{other}'."),
        };
    }

    private static MapValue MapOf(JsonElement[] entries) =>
        MapValue.TryCreate([.. entries.Select(entry => FromTyped(entry[0]))], [.. entries.Select(entry => FromTyped(entry[1]))], out var map)
            ? map : throw new InvalidDataException("A map has a key twice, or one that is neither bool, int nor string.");

    private static object TimeOf(string text, SignalType type) =>
        type == SignalType.Timestamp && Timestamp.TryParse(text, out var timestamp) ? timestamp
        : type == SignalType.Duration && Duration.TryParse(text, out var duration) ? duration
        : throw new InvalidDataException($"'{text}' is no {YamlFields.YamlWord(type.ToString())}.");

    private static double SpecialDouble(string name) => name switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => throw new InvalidDataException($"'{name}' is no double."),
    };

    private static Signal ToSignal(object value)
    {
        var signal = new Signal { State = SignalState.Known };
        switch (value)
        {
            case bool truth: signal.Bits = truth ? 1 : 0; break;
            case long number: signal.Bits = number; break;
            case double number: signal.Bits = BitConverter.DoubleToInt64Bits(number); break;
            case Money money: (signal.Bits, signal.Reference) = (money.Minor, money.Currency); break;
            case Timestamp time: (signal.Bits, signal.Nanos) = (time.Seconds, time.NanosOfSecond); break;
            case Duration length: (signal.Bits, signal.Nanos) = SecondsOf(length); break;
            default: signal.Reference = value; break;
        }
        return signal;
    }

    private static (long Seconds, int Nanos) SecondsOf(Duration length)
    {
        var seconds = Math.DivRem(length.Nanos, 1_000_000_000, out var nanos);
        return nanos < 0 ? (seconds - 1, (int)nanos + 1_000_000_000) : (seconds, (int)nanos);
    }

    private static object ToObject(in Signal value, SignalType type) => type switch
    {
        SignalType.Bool => value.Bits != 0,
        SignalType.Int => value.Bits,
        SignalType.Double => BitConverter.Int64BitsToDouble(value.Bits),
        SignalType.Money => new Money(value.Bits, (string)value.Reference!),
        SignalType.Timestamp => new Timestamp((Int128)value.Bits * 1_000_000_000 + value.Nanos),
        SignalType.Duration => new Duration(value.Bits * 1_000_000_000 + value.Nanos),
        SignalType.Null => NullValue.Instance,
        _ => value.Reference!,
    };

    private static JsonNode? Plain(in Signal value, SignalType type) => ToObject(value, type) switch
    {
        bool truth => truth,
        long number => number,
        double number => DoubleJson(number),
        Money => Constants.Write(value, SignalType.Money),
        NullValue => null,
        object[] or MapValue => Typed(value.Reference!),
        var other => other.ToString(),
    };

    private static JsonObject Typed(object value) => value switch
    {
        bool truth => Typed("bool", truth),
        long number => Typed("int", number),
        double number => Typed("double", DoubleJson(number)),
        string text => Typed("string", text),
        NullValue => Typed("null", null),
        Timestamp time => Typed("timestamp", time.ToString()),
        Duration length => Typed("duration", length.ToString()),
        object[] list => Typed("list", new JsonArray([.. list.Select(Typed)])),
        MapValue map => Typed("map", new JsonArray([.. map.Select(entry => new JsonArray(Typed(entry.Key), Typed(entry.Value)))])),
        Money money => Typed("money", Constants.Write(ToSignal(money), SignalType.Money)),
        IPAddress address => Typed("ip", address.ToString()),
        var other => Typed("network", other.ToString()),
    };

    private static JsonObject Typed(string type, JsonNode? value) => new() { ["type"] = type, ["value"] = value };

    /// <summary>Always with a point or an exponent: to many readers −0 is a whole number, and 0.</summary>
    private static JsonNode DoubleJson(double number)
    {
        if (!double.IsFinite(number)) return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().IndexOfAny(".E") < 0 ? text + ".0" : text)!;
    }
}
