using System.CommandLine;
using PaymentGuard.Cli;

var root = new RootCommand("PaymentGuard: payment security and fraud monitoring")
{
    LocalCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
