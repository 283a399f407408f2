using System.Collections.Immutable;
using PaymentGuard.Domain.Claims;
using PaymentGuard.Rules;

namespace PaymentGuard.Claims;

/// <summary>The numbers of the claim rules and the calendars that their business days are counted by.</summary>
/// <param name="Calendars">By id.</param>
internal sealed record ClaimRules(ClaimPolicies Policies, ImmutableDictionary<string, BusinessCalendar> Calendars)
{
    /// <summary>Reads <c>claims/*.yaml</c> and <c>calendars/*.yaml</c> of a rules folder.</summary>
    /// <exception cref="InvalidDataException">One is missing or has errors; the message lists all of them, each with its place.</exception>
    public static ClaimRules Load(string folder)
    {
        var diagnostics = new List<RuleDiagnostic>();
        var rules = new ClaimRules(ClaimPolicyFiles.Read(folder, diagnostics), CalendarFiles.Read(folder, diagnostics));
        return diagnostics.Count == 0 ? rules : throw new InvalidDataException(string.Join('\n', diagnostics));
    }

    /// <summary>What is wrong with them; nothing where a rules folder has neither, since payments need none.</summary>
    public static IReadOnlyList<RuleDiagnostic> Check(string folder)
    {
        var diagnostics = new List<RuleDiagnostic>();
        if (Directory.Exists(Path.Combine(folder, ClaimPolicyFiles.Folder))) ClaimPolicyFiles.Read(folder, diagnostics);
        if (Directory.Exists(Path.Combine(folder, CalendarFiles.Folder))) CalendarFiles.Read(folder, diagnostics);
        return diagnostics;
    }
}
