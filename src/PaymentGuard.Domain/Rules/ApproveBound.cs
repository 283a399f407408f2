using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Domain.Rules;

/// <summary>An approve rule overrides all but sanctions, so it has to say for whom, by a list, or up to how much.</summary>
public static class ApproveBound
{
    /// <summary>Whether the condition can only be true for members of a list or below an amount.</summary>
    public static bool IsBounded(CheckedExpression condition) => condition.Lists.Count > 0 || condition.Attributes.Any(attribute => attribute.Name == "amount");
}
