using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Rules;

namespace PaymentGuard.Load;

/// <summary>One payment with five entities, each with thirty earlier payments, and the 100 rules: what benchmarks and budgets measure.</summary>
internal sealed class SamplePayment : IDisposable
{
    private const int EarlierPayments = 30;

    private static readonly DateTimeOffset Time = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("paymentguard-sample-");
    private readonly InProcessVelocityStore store = new();
    private readonly VelocityAttempt velocity;
    private readonly IReferenceData reference = new ReferenceData(IpCountries.None, ExchangeRates.None);

    public SamplePayment()
    {
        RuleGenerator.Write(folder.FullName);
        var load = RuleFiles.Load(folder.FullName);
        Rules = load.RuleSet ?? throw new InvalidDataException(string.Join(Environment.NewLine, load.Diagnostics));
        Signals = new Signals(Rules.Layout.SlotCount);
        velocity = new VelocityAttempt(Rules.VelocitySettings);
        for (var number = 0; number < EarlierPayments; number++)
        {
            velocity.Fill(EntityHasher.InProcess, Payment($"earlier-{number}"), Time.AddHours(number - EarlierPayments), reference);
            store.AppendAndRead(velocity, Rules.VelocityPlan, Signals);
        }

        Attempt = Payment("assessed");
        velocity.Fill(EntityHasher.InProcess, Attempt, Time, reference);
        Fold();
    }

    public RuleSet Rules { get; }

    public Signals Signals { get; }

    public PaymentAttempt Attempt { get; }

    /// <summary>Reads all velocities of the 100 rules from the five logs.</summary>
    public void Fold() => store.Read(velocity, Rules.VelocityPlan, Signals);

    /// <summary>Reads the attributes that the rules name.</summary>
    public void FillAttributes() => Rules.FillAttributes(Attempt, Time, reference, Signals);

    /// <summary>Evaluates the 100 rules.</summary>
    public RuleSetOutcome Evaluate() => Rules.Evaluate(Signals, Attempt);

    public void Dispose() => folder.Delete(recursive: true);

    private static PaymentAttempt Payment(string id) => new(
        new PaymentFacts(id, new Money(12_500, Currencies.Base), Time, "web"),
        new AccountFacts("a_7", Phone: "+493012345678", Country: "DE"),
        new MerchantFacts("m_5", "5732", "DE"),
        new CardFacts("tok_9f", Last4: "1234", Country: "DE"),
        new DeviceFacts("d_3", Language: "de-DE"));
}
