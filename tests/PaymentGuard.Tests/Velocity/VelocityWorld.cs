using System.Net;
using System.Security.Cryptography;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Tests.Velocity;

/// <summary>Payments and events against a store, in milliseconds after a fixed moment; card and account are the entities that are asked.</summary>
internal sealed class VelocityWorld
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero);

    /// <summary>Longest wait for a store; long, unless a test is about that.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(20);

    private readonly VelocityQuery[] queries;

    public VelocityWorld(IVelocityStore store, params VelocityQuery[] queries)
        : this(store, VelocitySettings.Default, queries)
    {
    }

    public VelocityWorld(IVelocityStore store, VelocitySettings settings, params VelocityQuery[] queries)
    {
        (Store, Settings, this.queries) = (store, settings, queries);
        Layout = new SignalLayout([], queries);
        Plan = new VelocityPlan(settings, Layout);
    }

    public IVelocityStore Store { get; }

    public VelocitySettings Settings { get; }

    public SignalLayout Layout { get; }

    public VelocityPlan Plan { get; }

    /// <summary>Different in each world, so that worlds share a server.</summary>
    public EntityHasher Hasher { get; init; } = new(RandomNumberGenerator.GetBytes(32));

    /// <summary>A query of the card, spelled by its parts.</summary>
    public static VelocityQuery Card(
        VelocityAggregate aggregate, long windowMs = 0, string? field = null, long offsetMs = 0, bool current = false, IAttemptCondition? where = null) =>
        new("card", aggregate, field, windowMs, offsetMs, current, where, $"card.{aggregate}({field},{windowMs},{offsetMs},{current},{where})");

    public static PaymentAttempt Payment(
        string id, string? card = "c1", string account = "a1", string? device = "d1", long minor = 1_000, string currency = "EUR", string? ip = null) =>
        new(new PaymentFacts(id, new Money(minor, currency)), new AccountFacts(account), new MerchantFacts("m1"),
            card is null ? null : new CardFacts(card), device is null && ip is null ? null : new DeviceFacts(device, ip));

    public VelocityAttempt Attempt(PaymentAttempt payment, long atMs) =>
        VelocityAttempt.Create(Settings, Hasher, payment, Start.AddMilliseconds(atMs), TestReference.Instance);

    /// <summary>Appends a payment, and reads what stands before it.</summary>
    public async Task<Answers> Pay(PaymentAttempt payment, long atMs)
    {
        var (attempt, signals) = (Attempt(payment, atMs), new Signals(Layout.SlotCount));
        var isAppended = await Store.AppendAndRead(attempt, Plan, signals, Budget, CancellationToken.None);
        return new Answers(this, signals, attempt, isAppended);
    }

    public Task<Answers> Pay(string id, long atMs, long minor = 1_000) => Pay(Payment(id, minor: minor), atMs);

    /// <summary>Reads for a payment that is never appended.</summary>
    public async Task<Answers> Look(long atMs, PaymentAttempt? payment = null)
    {
        var (attempt, signals) = (Attempt(payment ?? Payment("looks"), atMs), new Signals(Layout.SlotCount));
        await Store.Read(attempt, Plan, signals, Budget, CancellationToken.None);
        return new Answers(this, signals, attempt, true);
    }

    public async Task Hear(PaymentAttempt payment, long attemptedMs, VelocityEventType type, long atMs, uint tieRank = 0) =>
        Assert.True(await Store.Append(VelocityEvent.Outcome(Attempt(payment, attemptedMs), type, Start.AddMilliseconds(atMs), tieRank), CancellationToken.None));

    public Task Hear(string id, VelocityEventType type, long atMs, uint tieRank = 0) => Hear(Payment(id), 0, type, atMs, tieRank);

    /// <summary>Something happens to account a1 on device d1.</summary>
    public async Task Happen(VelocityEventType type, string id, long atMs) => Assert.True(await Store.Append(
        VelocityEvent.Activity(
            Settings, Hasher, type, "test", id, Start.AddMilliseconds(atMs), new AccountFacts("a1"), new DeviceFacts("d1"), TestReference.Instance),
        CancellationToken.None));

    /// <summary>What a payment was told, by the number of the query.</summary>
    public sealed record Answers(VelocityWorld World, Signals Signals, VelocityAttempt Attempt, bool IsAppended)
    {
        public SignalState State(int query = 0) => Signals[query].State;

        public bool IsApproximate(int query = 0) => Attempt.Approximate.Contains(query);

        /// <summary>A count, an amount in minor units or a time in milliseconds; null when missing. Fails the test when unavailable.</summary>
        public long? Value(int query = 0)
        {
            ref readonly var signal = ref Signals[query];
            Assert.NotEqual(SignalState.Unavailable, signal.State);
            if (signal.State == SignalState.Missing) return null;
            return World.queries[query].Aggregate is VelocityAggregate.FirstSeen or VelocityAggregate.LastSeen or VelocityAggregate.SinceLast
                ? signal.Bits * 1_000 + signal.Nanos / 1_000_000
                : signal.Bits;
        }

        public double? Share(int query = 0) => State(query) == SignalState.Missing ? null : BitConverter.Int64BitsToDouble(Signals[query].Bits);
    }

    private sealed class TestReference : IReferenceData
    {
        public static readonly TestReference Instance = new();

        public string? CountryOf(IPAddress address) => "CN";

        /// <summary>Euros only.</summary>
        public Money? InBaseCurrency(Money amount, DateTimeOffset at) => amount.Currency == Currencies.Base ? amount : null;
    }
}

/// <summary>A condition written as code.</summary>
internal sealed class Where(string text, Func<AttemptFields, bool> holds) : IAttemptCondition
{
    public static readonly Where Declined = new("outcome = declined", attempt => attempt.Outcome == AttemptOutcome.Declined);
    public static readonly Where Fraud = new("fraud", attempt => attempt.Fraud);
    public static readonly Where Small = new("amount < 5", attempt => attempt.AmountMinor is >= 0 and < 500);
    public static readonly Where SameDevice = new("same_device", attempt => (attempt.SamePartners & 2) != 0);

    public bool Matches(in AttemptFields attempt) => holds(attempt);

    public override string ToString() => text;
}
