using System.CommandLine;
using PaymentGuard.Sca;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard sca evaluate</c>: cases of strong customer authentication, outside any payment.</summary>
internal static class ScaCommands
{
    public static Command Create() => new("sca", "Strong customer authentication: exemptions, fraud rates, lockout")
    {
        CaseBatch.Command("Evaluate cases outside any payment", ScaFile.Name, Evaluate),
    };

    internal static int Evaluate(FileInfo file, string rulesFolder, TextWriter output)
    {
        var limits = ScaFile.Load(rulesFolder);
        return CaseBatch.Run(file, test => ScaCases.Evaluate(test, limits), output);
    }
}
