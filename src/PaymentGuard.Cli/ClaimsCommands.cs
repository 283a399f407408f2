using System.CommandLine;
using PaymentGuard.Claims;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard claims evaluate</c>: cases of claims, outside any claim: who bears a loss, who pays what, and by when.</summary>
internal static class ClaimsCommands
{
    public static Command Create() => new("claims", "Claims: liability, compensation, due dates")
    {
        CaseBatch.Command("Evaluate cases outside any claim", "claims/ and calendars/", Evaluate),
    };

    internal static int Evaluate(FileInfo file, string rulesFolder, TextWriter output)
    {
        var rules = ClaimRules.Load(rulesFolder);
        return CaseBatch.Run(file, test => ClaimCases.Evaluate(test, rules), output);
    }
}
