using System.Linq.Expressions;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Checking;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Compiling;

/// <summary>A compiled <c>where:</c>. Immutable; shared by all threads.</summary>
internal sealed class AttemptCondition : IAttemptCondition
{
    private readonly Code code;

    private AttemptCondition(Code code) => this.code = code;

    private delegate bool Code(in AttemptFields attempt);

    public bool Matches(in AttemptFields attempt) => code(attempt);

    /// <param name="isOfEvents">The condition is on account events: a partner that one side does not tell is missing.</param>
    public static AttemptCondition Compile(Typed condition, VelocityEntity entity, bool isOfEvents = false)
    {
        var reader = new AttemptReader(entity, isOfEvents);
        var emitter = new Emitter(reader);
        var (whenTrue, otherwise, result) = (Emitter.NewLabel(), Emitter.NewLabel(), emitter.Variable(typeof(bool)));
        emitter.Add(Expression.Assign(result, Expression.Constant(false)));
        emitter.Branch(condition, whenTrue, otherwise, otherwise, whenTrue);
        emitter.Mark(whenTrue);
        emitter.Add(Expression.Assign(result, Expression.Constant(true)));
        emitter.Mark(otherwise);
        return new AttemptCondition(Expression.Lambda<Code>(emitter.ToBody(result), reader.Attempt).Compile());
    }

    private sealed class AttemptReader(VelocityEntity entity, bool isOfEvents) : ISignalReader
    {
        public ParameterExpression Attempt { get; } = Expression.Parameter(typeof(AttemptFields).MakeByRefType(), "attempt");

        public Expression Signals { get; } = Expression.Constant(null, typeof(Signals));

        public Expression Read(Emitter emitter, Typed read, LabelTarget missing)
        {
            var attribute = ((ReadAttribute)read).Attribute;
            if (attribute == WhereScope.Fraud) return Expression.Property(Attempt, nameof(AttemptFields.Fraud));
            if (attribute == WhereScope.Outcome) return ReadOutcome(emitter, missing);
            if (attribute == WhereScope.Amount) return ReadAmount(emitter, missing);
            return ReadSame(emitter, attribute.Name[WhereScope.SamePrefix.Length..], missing);
        }

        private ConditionalExpression ReadOutcome(Emitter emitter, LabelTarget missing)
        {
            var outcome = Expression.Property(Attempt, nameof(AttemptFields.Outcome));
            emitter.GotoIf(Expression.Equal(outcome, Expression.Constant(AttemptOutcome.None)), missing);
            var isAuthorized = Expression.Equal(outcome, Expression.Constant(AttemptOutcome.Authorized));
            return Expression.Condition(isAuthorized, Expression.Constant(WhereScope.Outcomes[0]), Expression.Constant(WhereScope.Outcomes[1]));
        }

        private NewExpression ReadAmount(Emitter emitter, LabelTarget missing)
        {
            var minor = Expression.Property(Attempt, nameof(AttemptFields.AmountMinor));
            emitter.GotoIf(Expression.LessThan(minor, Expression.Constant(0L)), missing);
            return Expression.New(typeof(Money).GetConstructor([typeof(long), typeof(string)])!, minor, Expression.Constant(Currencies.Base));
        }

        private BinaryExpression ReadSame(Emitter emitter, string partner, LabelTarget missing)
        {
            var bit = 1 << entity.Partners.ToList().IndexOf(partner);
            if (isOfEvents) emitter.GotoIf(Expression.Not(Has(nameof(AttemptFields.ToldPartners), bit)), missing);
            return Has(nameof(AttemptFields.SamePartners), bit);
        }

        private BinaryExpression Has(string partners, int bit) => Expression.NotEqual(
            Expression.And(Expression.Convert(Expression.Property(Attempt, partners), typeof(int)), Expression.Constant(bit)), Expression.Constant(0));
    }
}
