using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules;

/// <summary>An approve rule overrides all but sanctions, so it has to say for whom, by a list, or up to how much.</summary>
public static class ApproveBound
{
    /// <summary>Whether the condition can only be true for members of a list, or up to an amount that it names.</summary>
    public static bool IsBounded(CheckedExpression condition) => IsBounded(Parser.Parse(condition.Source, [], out _));

    private static bool IsBounded(Node node) => node switch
    {
        Binary { Operator: Operator.And } both => IsBounded(both.Left) || IsBounded(both.Right),
        Binary { Operator: Operator.Or } either => IsBounded(either.Left) && IsBounded(either.Right),
        Binary { Operator: Operator.In, Left: not Literal, Right: ListReference or ListNode } => true,
        Binary { Operator: Operator.Less or Operator.LessOrEqual or Operator.Equal } cap => IsAmount(cap.Left) && IsMoney(cap.Right),
        Binary { Operator: Operator.Greater or Operator.GreaterOrEqual } cap => IsMoney(cap.Left) && IsAmount(cap.Right),
        Between range => IsAmount(range.Operand) && IsMoney(range.High),
        _ => false,
    };

    private static bool IsMoney(Node node) => node is Literal { Value: Money };

    private static bool IsAmount(Node node) =>
        node is Name { Text: "amount" } or Select { Operand: Name { Text: "payment" }, Field: "amount" };
}
