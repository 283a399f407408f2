using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using static PaymentGuard.Tests.Velocity.VelocityWorld;

namespace PaymentGuard.Tests.Velocity;

/// <summary>The store keeps the scan of a log and continues it; after every step it must tell what the log's bytes tell when they are read anew.</summary>
public sealed class KeptScanTests
{
    private const long KeepMs = 20_000;

    private static readonly VelocityQuery[] Queries =
    [
        .. from aggregate in new[]
           {
               VelocityAggregate.Count, VelocityAggregate.Sum, VelocityAggregate.StdDev, VelocityAggregate.Declines, VelocityAggregate.Frauds,
               VelocityAggregate.Distinct, VelocityAggregate.Ratio,
           }
           from windowMs in new long[] { 2_000, 15_000 }
           from offsetMs in new long[] { 0, 3_000 }
           from condition in new IAttemptCondition?[] { null, Where.Declined, Where.SameDevice }
           select Card(aggregate, windowMs, Field(aggregate), offsetMs, current: true, condition),
        Card(VelocityAggregate.FirstSeen), Card(VelocityAggregate.LastSeen), Card(VelocityAggregate.SinceLast), Card(VelocityAggregate.Streak, field: "declined"),
        .. new[] { VelocityAggregate.Events, VelocityAggregate.FirstSeen, VelocityAggregate.Count }.Select(aggregate =>
            Card(aggregate, 15_000, aggregate == VelocityAggregate.Events ? "signed_in" : null) with { Entity = "account", Text = $"account.{aggregate}" }),
    ];

    /// <summary>Time mostly goes on, as in a replay; sometimes it is late or early.</summary>
    private static readonly Gen<(Step What, int Payment, int LateMs, int LookMs)> Steps =
        from what in Gen.Elements(Enum.GetValues<Step>())
        from payment in Gen.Choose(0, 25)
        from late in Gen.Elements(0, 0, 0, 0, 700, 4_000, 30_000, -3_000, -9_000)
        from look in Gen.Elements(0, 0, 1, 500, -2_000, -6_000)
        select (what, payment, late, look);

    private enum Step { Pay, PayAnother, PaySame, Append, Decline, Authorize, Report, Void, SignIn }

    [Fact]
    public void Read_AfterEveryStep_IsAsOfAFreshScan() => Check(VelocitySettings.Default, keepMs: null);

    [Fact]
    public void Read_OfALogThatIsCompacted_IsAsOfAFreshScan() => Check(
        new VelocitySettings([.. VelocitySettings.Default.Entities.Select(entity => entity with { CompactAbove = 14, KeepRaw = 5 })], new Dictionary<string, string>()),
        keepMs: null);

    [Fact]
    public void Read_OfALogThatForgets_IsAsOfAFreshScan() => Check(VelocitySettings.Default, KeepMs);

    private static void Check(VelocitySettings settings, long? keepMs) => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(40),
        Prop.ForAll(Gen.ListOf(Steps, 120).ToArbitrary(), steps => new Run(settings, keepMs).Take(steps).GetAwaiter().GetResult()));

    private static string? Field(VelocityAggregate aggregate) => aggregate switch
    {
        VelocityAggregate.Distinct => "account",
        VelocityAggregate.Ratio => "declined",
        _ => null,
    };

    /// <summary>One store, asked by two rule sets in turns.</summary>
    private sealed class Run(VelocitySettings settings, long? keepMs)
    {
        private readonly InProcessVelocityStore store = new(keepMs);
        private readonly EntityHasher hasher = new(new byte[32]);
        private long nowMs, looks;

        public async Task Take(IEnumerable<(Step What, int Payment, int LateMs, int LookMs)> steps)
        {
            VelocityWorld[] worlds = [World(Queries), World([.. Queries.Where((_, index) => index % 3 == 0)])];
            foreach (var (what, payment, lateMs, lookMs) in steps)
            {
                nowMs += 600;
                await Take(worlds[payment % 2], what, payment, nowMs - lateMs);
                foreach (var world in worlds) await Look(world, nowMs + lookMs);
            }
        }

        private VelocityWorld World(VelocityQuery[] queries) => new(store, settings, queries) { Hasher = hasher };

        private async Task Take(VelocityWorld world, Step what, int number, long atMs)
        {
            var known = Of($"p{number}");
            switch (what)
            {
                case Step.Pay or Step.PayAnother: await Pay(world, Of($"n{atMs}", number), atMs); break;
                case Step.PaySame: await Pay(world, known, atMs); break;
                case Step.Append: store.Append(VelocityEvent.Attempt(world.Attempt(known, atMs))); break;
                case Step.Decline: await world.Hear(known, atMs, VelocityEventType.Declined, atMs); break;
                case Step.Authorize: await world.Hear(known, atMs, VelocityEventType.Authorized, atMs); break;
                case Step.Report: await world.Hear(known, atMs, VelocityEventType.FraudReported, atMs); break;
                case Step.Void: store.Append(VelocityEvent.Void(world.Attempt(known, atMs), ulong.MaxValue)); break;
                case Step.SignIn: await world.Happen(VelocityEventType.SignedIn, $"e{number}", atMs); break;
            }
        }

        /// <summary>What is forgotten by the append itself is not in the answer, so a log that forgets is only looked at.</summary>
        private async Task Pay(VelocityWorld world, PaymentAttempt payment, long atMs)
        {
            var expected = Fresh(world, payment, atMs, isAppended: true);
            var answers = await world.Pay(payment, atMs);
            if (keepMs is null) AssertSame(expected, answers);
        }

        private async Task Look(VelocityWorld world, long atMs)
        {
            var payment = Of($"looks{looks++}");
            AssertSame(Fresh(world, payment, atMs, isAppended: false), await world.Look(atMs, payment));
        }

        private VelocityWorld.Answers Fresh(VelocityWorld world, PaymentAttempt payment, long atMs, bool isAppended)
        {
            var (attempt, signals) = (world.Attempt(payment, atMs), new Signals(world.Layout.SlotCount));
            for (var entity = 0; entity < settings.Entities.Length; entity++)
            {
                if (!world.Plan.Reads(entity)) continue;
                byte[] log = [.. store.BytesOf(attempt.KeyOf(entity)), .. isAppended ? attempt.RecordOf(entity).ToBytes() : []];
                if (world.Plan.Fold(entity, log, attempt, isAppended, signals) == log.Length - VelocityRecord.Size && isAppended) attempt.FirstHere |= 1UL << entity;
            }
            return new VelocityWorld.Answers(world, signals, attempt, true);
        }

        private static PaymentAttempt Of(string id, int number = 3) =>
            Payment(id, account: $"a{number % 3}", device: $"d{number % 2}", minor: 100 + number * 37, currency: number % 13 == 5 ? "ISK" : "EUR");

        private static void AssertSame(VelocityWorld.Answers expected, VelocityWorld.Answers actual)
        {
            Assert.Equal(expected.Attempt.FirstHere, actual.Attempt.FirstHere & actual.World.Plan.Entities);
            for (var slot = 0; slot < actual.Signals.Count; slot++)
                Assert.True(
                    expected.Signals[slot].Equals(actual.Signals[slot]) && expected.IsApproximate(slot) == actual.IsApproximate(slot),
                    $"{actual.World.Layout.Velocities[slot].Text}: {expected.Signals[slot].Bits} afresh, {actual.Signals[slot].Bits} by the kept scan");
        }
    }
}
