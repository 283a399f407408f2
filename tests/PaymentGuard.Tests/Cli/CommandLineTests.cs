using System.CommandLine;
using PaymentGuard.Cli;

namespace PaymentGuard.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(2, "token")]
    [InlineData(2, "token", "--scope", "risk:assess", "--expires", "1y")]
    [InlineData(2, "token", "--scope", "risk:assess", "--expires", "31d")]
    [InlineData(2, "no-such-command")]
    [InlineData(2, "fail", "--no-such-option")]
    [InlineData(1, "fail")]
    public async Task Run_AnyCall_EndsWithItsCode(int code, params string[] arguments)
    {
        var failing = new Command("fail");
        failing.SetAction(new Action<ParseResult>(_ => throw new IOException("the disk is full")));
        using var errors = new StringWriter();
        Assert.Equal(code, await CommandLine.Run(arguments, new Command("paymentguard") { TokenCommand.Create(), failing }, errors));
        Assert.StartsWith("paymentguard: ", errors.ToString());
    }
}
