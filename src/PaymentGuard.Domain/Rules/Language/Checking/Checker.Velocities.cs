using System.Text;
using PaymentGuard.Domain.Rules.Language.Compiling;
using PaymentGuard.Domain.Rules.Language.Syntax;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <content>Velocities: <c>entity.aggregate([field,] window [, where: condition] [, include: current] [, offset: duration])</c>.</content>
internal sealed partial class Checker
{
    private static readonly Duration WindowMin = Duration.FromMilliseconds(1_000), WindowMax = Duration.FromMilliseconds(400L * 86_400_000);

    private VelocityEntity? EntityOf(Node target) =>
        NamePath.Of(target, source) is { IsRooted: false } path && FindLocal(path.First) is null ? scope.Entities.GetValueOrDefault(path.Text(path.Count)) : null;

    /// <summary>An entity may share its name with an attribute (<c>ip</c>) and then has that one's methods as well.</summary>
    private bool IsVelocity(VelocityEntity entity, Call call) =>
        VelocityForm.Find(call.Function) is not null
        || call.Named.Count > 0
        || (!scope.Attributes.ContainsKey(entity.Name) && Functions.FunctionTable.Global($"{entity.Name}.{call.Function}") is null)
        || (Functions.FunctionTable.Method(call.Function) is null && !SpecialMethods.Contains(call.Function) && Functions.FunctionTable.Global($"{entity.Name}.{call.Function}") is null);

    private Typed? CheckVelocity(VelocityEntity entity, Call call)
    {
        if (VelocityForm.Find(call.Function) is not { } form)
        {
            var known = scope.Attributes.ContainsKey(entity.Name) ? VelocityForm.Names.Concat(Functions.FunctionTable.MethodNames) : VelocityForm.Names;
            var message = $"There is no '{entity.Name}.{call.Function}'.{Spelling.Offer(call.Function, known)}";
            diagnostics.Add(new Diagnostic(DiagnosticKind.Name, message, call.NameStart, call.Function.Length));
            return null;
        }
        var mistakesBefore = diagnostics.Count;
        var arguments = new Queue<Node>(call.Arguments);
        var field = CheckField(form, entity, arguments, call);
        var window = CheckWindow(form, entity, arguments, call);
        if (arguments.TryPeek(out var surplus)) Report(DiagnosticKind.Type, surplus, $"'{Text(surplus)}' is too much: {Usage(form, entity)}");
        var options = CheckOptions(form, entity, call);
        if (diagnostics.Count > mistakesBefore) return null;
        var query = new VelocityQuery(
            entity.Name, form.Aggregate, field, window?.Nanos / 1_000_000 ?? 0, options.Offset.Nanos / 1_000_000, options.IncludesCurrent, options.Where,
            VelocityText(entity, form, field, window, options));
        velocities.Add(query);
        return new ReadVelocity(query, form.Result);
    }

    private static string Usage(VelocityForm form, VelocityEntity entity) =>
        $"write it like {entity.Name}.{string.Format(form.Example, entity.Partners.Count > 0 ? entity.Partners[0] : "device")}.";

    private string? CheckField(VelocityForm form, VelocityEntity entity, Queue<Node> arguments, Call call)
    {
        if (form.Field == FieldKind.None) return null;
        if (!arguments.TryPeek(out var node) || node is Literal { Value: Duration })
        {
            Report(DiagnosticKind.Type, call, $"'{form.Name}' lacks its first argument: {Usage(form, entity)}");
            return null;
        }
        arguments.Dequeue();
        var (role, known) = form.Field switch
        {
            FieldKind.Amount => ("an amount", ["amount"]),
            FieldKind.Partner => ($"a partner of {entity.Name}", entity.Partners),
            FieldKind.Outcome => ("an outcome", WhereScope.Outcomes),
            _ => ("a kind of account event in quotes", (IReadOnlyList<string>)VelocityForm.EventTypes),
        };
        var word = form.Field == FieldKind.EventType ? (node as Literal)?.Value as string : NamePath.Of(node, source) is { } path ? path.Text(path.Count) : null;
        if (word is null) Report(DiagnosticKind.Type, node, $"'{form.Name}' takes {role} first: {Usage(form, entity)}");
        else if (!known.Contains(word)) Report(DiagnosticKind.Name, node, $"'{word}' is not {role}; there is {string.Join(", ", known)}.{Spelling.Offer(word, known)}");
        return form.Field == FieldKind.Amount ? null : word;
    }

    private Duration? CheckWindow(VelocityForm form, VelocityEntity entity, Queue<Node> arguments, Call call)
    {
        if (form.Window == WindowUse.None) return null;
        if (arguments.TryDequeue(out var node)) return CheckDuration(node, "A window", Usage(form, entity));
        if (form.Window == WindowUse.Required) Report(DiagnosticKind.Type, call, $"'{form.Name}' needs a window: {Usage(form, entity)}");
        return null;
    }

    private Duration? CheckDuration(Node node, string role, string usage)
    {
        if (node is not Literal { Value: Duration duration })
        {
            Report(DiagnosticKind.Type, node, $"{role} is a duration such as 10m or 30d, '{Text(node)}' is none: {usage}");
            return null;
        }
        if (duration.Nanos < WindowMin.Nanos || duration.Nanos > WindowMax.Nanos) Report(DiagnosticKind.Type, node, $"{role} is from 1s to 400d.");
        return duration;
    }

    private sealed record VelocityOptions(IAttemptCondition? Where, string? WhereText, bool IncludesCurrent, Duration Offset);

    private VelocityOptions CheckOptions(VelocityForm form, VelocityEntity entity, Call call)
    {
        var options = new VelocityOptions(null, null, false, default);
        foreach (var named in call.Named)
        {
            if (call.Named.Any(other => other.Name == named.Name && other.Start < named.Start))
                diagnostics.Add(new Diagnostic(DiagnosticKind.Type, $"'{named.Name}:' is given twice.", named.Start, named.Name.Length));
            options = named.Name switch
            {
                "where" when form.TakesWhere => WithWhere(options, form, entity, named.Value),
                "include" => options with { IncludesCurrent = CheckCurrent(named.Value) },
                "offset" when form.Window != WindowUse.None => options with { Offset = CheckDuration(named.Value, "An offset", "offset: 7d.") ?? default },
                _ => WithUnknown(options, form, named),
            };
        }
        return options;
    }

    private VelocityOptions WithUnknown(VelocityOptions options, VelocityForm form, NamedArgument named)
    {
        string[] known = ["where", "include", "offset"];
        var message = known.Contains(named.Name)
            ? $"'{form.Name}' takes no '{named.Name}:'."
            : $"There is no '{named.Name}:'; a velocity takes where:, include: and offset:.{Spelling.Offer(named.Name, known)}";
        diagnostics.Add(new Diagnostic(known.Contains(named.Name) ? DiagnosticKind.Type : DiagnosticKind.Name, message, named.Start, named.Name.Length));
        return options;
    }

    private bool CheckCurrent(Node node)
    {
        if (node is Name { Text: "current" }) return true;
        Report(DiagnosticKind.Type, node, "After 'include:' only 'current' can follow: the payment being assessed then counts itself.");
        return false;
    }

    private VelocityOptions WithWhere(VelocityOptions options, VelocityForm form, VelocityEntity entity, Node node)
    {
        var isOfEvents = form.Aggregate == VelocityAggregate.Events;
        var checker = new Checker(source, isOfEvents ? WhereScope.OfEvents(entity) : WhereScope.Of(entity), diagnostics);
        var mistakesBefore = diagnostics.Count;
        var condition = checker.CheckCondition(node, "'where:'");
        if (condition is null || diagnostics.Count > mistakesBefore) return options;
        return options with { Where = AttemptCondition.Compile(condition, entity, isOfEvents), WhereText = Printer.Print(node) };
    }

    private static string VelocityText(VelocityEntity entity, VelocityForm form, string? field, Duration? window, VelocityOptions options)
    {
        var arguments = new List<string>();
        if (form.Field == FieldKind.Amount) arguments.Add("amount");
        if (field is not null) arguments.Add(form.Field == FieldKind.EventType ? Printer.Quote(field) : field);
        if (window is { } length) arguments.Add(Printer.Print(length));
        if (options.WhereText is not null) arguments.Add("where: " + options.WhereText);
        if (options.IncludesCurrent) arguments.Add("include: current");
        if (options.Offset.Nanos > 0) arguments.Add("offset: " + Printer.Print(options.Offset));
        return new StringBuilder(entity.Name).Append('.').Append(form.Name).Append('(').AppendJoin(", ", arguments).Append(')').ToString();
    }
}
