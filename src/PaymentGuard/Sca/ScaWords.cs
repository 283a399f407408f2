using System.Text.Json;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Sca;

/// <summary>The words of exemptions, reasons and instruments, as answers and the database have them: small letters with underscores.</summary>
internal static class ScaWords
{
    /// <summary>In place of an exemption, in the database: strong authentication is required.</summary>
    public const string Required = "required";

    public static readonly IReadOnlyList<string> Exemptions = Words<ScaExemption>.All, Reasons = Words<ScaReason>.All;

    public static string Of(ScaExemption exemption) => Words<ScaExemption>.Of(exemption);

    public static string Of(ScaReason reason) => Words<ScaReason>.Of(reason);

    public static string Of(PaymentInstrument instrument) => Words<PaymentInstrument>.Of(instrument);

    public static string Of(TraUse use) => Words<TraUse>.Of(use);

    public static PaymentInstrument Instrument(string word) => Words<PaymentInstrument>.Find(word);

    private static class Words<T> where T : struct, Enum
    {
        private static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static IReadOnlyList<string> All { get; } = [.. ByValue.Values];

        public static string Of(T value) => ByValue[value];

        public static T Find(string word) => ByValue.First(pair => pair.Value == word).Key;
    }
}
