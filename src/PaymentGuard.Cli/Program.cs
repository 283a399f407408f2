using System.CommandLine;
using System.CommandLine.Help;
using PaymentGuard.Cli;

return await CommandLine.Run(args, new Command("paymentguard", "Payment security and fraud monitoring: the command line")
{
    new HelpOption(),
    new VersionOption(),
    TokenCommand.Create(),
    MigrateCommand.Create(),
    RulesCommands.Create(),
    SimulateCommand.Create(),
    ReplayCommand.Create(),
    LocalCommand.Create(),
    EventsCommands.Create(),
    VelocityCommands.Create(),
    ScaCommands.Create(),
    ClaimsCommands.Create(),
    AuditCommands.Create(),
    KeysCommands.Create(),
}, Console.Error);
