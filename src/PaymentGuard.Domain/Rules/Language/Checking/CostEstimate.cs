namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>How much work an expression is at most, in comparisons of two numbers (about a nanosecond each).</summary>
internal static class CostEstimate
{
    /// <summary>Elements of a list whose length only the evaluation shows.</summary>
    private const int UnknownLength = 32;

    public static int Of(Typed node) => (int)Math.Min(Estimate(node), int.MaxValue);

    private static double Estimate(Typed node) => node switch
    {
        Constant or ReadLocal => 0,
        ReadAttribute or ReadVelocity => 1,
        Let let => Estimate(let.Value) + Estimate(let.Body),
        Invoke invoke => invoke.Function.Cost + invoke.Arguments.Sum(Estimate),
        InvokeAny invoke => 200 + invoke.Arguments.Sum(Estimate),
        Ask ask => ask.Cost + Estimate(ask.Value),
        Logic logic => logic.Parts.Sum(Estimate),
        Not not => Estimate(not.Operand),
        IsMissing test => Estimate(test.Operand),
        Compare compare => ComparisonCost(compare.Left.Type) + Estimate(compare.Left) + Estimate(compare.Right),
        Equal equal => ComparisonCost(equal.Left.Type) + Estimate(equal.Left) + Estimate(equal.Right),
        Coerce coerce => 1 + Estimate(coerce.Operand),
        Choose choose => Estimate(choose.Condition) + Math.Max(Estimate(choose.WhenTrue), Estimate(choose.WhenFalse)),
        OrElse orElse => Estimate(orElse.Operand) + Estimate(orElse.Fallback),
        MakeList list => 10 + list.Elements.Sum(Estimate),
        MakeMap map => 50 + map.Keys.Concat(map.Values).Sum(Estimate),
        Macro macro => Estimate(macro.Range) + (Length(macro.Range) * (2 + EstimateOrNothing(macro.Condition) + EstimateOrNothing(macro.Result))),
        _ => throw new InvalidOperationException($"No cost for {node.GetType().Name}."),
    };

    private static double EstimateOrNothing(Typed? node) => node is null ? 0 : Estimate(node);

    private static double ComparisonCost(RuleType type) => type.Kind switch
    {
        SignalType.Bool or SignalType.Int or SignalType.Double or SignalType.Duration or SignalType.Timestamp => 1,
        SignalType.Text or SignalType.Money or SignalType.Ip or SignalType.Network => 2,
        _ => UnknownLength,
    };

    private static double Length(Typed list) => list switch
    {
        Constant { Value: object[] elements } => elements.Length,
        Constant { Value: MapValue map } => map.Count,
        MakeList made => made.Elements.Count,
        MakeMap made => made.Keys.Count,
        Macro macro => Length(macro.Range),
        Invoke { Function.Name: "+", Arguments: [var left, var right] } => Length(left) + Length(right),
        _ => UnknownLength,
    };
}
