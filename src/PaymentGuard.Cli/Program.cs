using System.CommandLine;

var root = new RootCommand("PaymentGuard: payment security and fraud monitoring");
return await root.Parse(args).InvokeAsync();
