namespace PaymentGuard.Cli.LocalServers;

/// <summary>The built PaymentGuard.Api as a process of its own, on a free port.</summary>
/// <param name="settings">Its environment, beside what it inherits; <c>PAYMENTGUARD_URLS</c> is set here.</param>
internal sealed class ApiProcess(string folder, IReadOnlyDictionary<string, string> settings) : LocalServer(folder)
{
    private static readonly HttpClient Probe = new();

    public Uri Url => new($"http://{Address}");

    public override string Name => "PaymentGuard.Api";

    protected override IReadOnlyDictionary<string, string> ProcessEnvironment =>
        new Dictionary<string, string>(settings) { ["PAYMENTGUARD_URLS"] = Url.ToString().TrimEnd('/') };

    protected override Task Prepare(CancellationToken ct) => Task.CompletedTask;

    protected override IEnumerable<string> Command() => [Executables.Dotnet, "exec", Repository.Assembly("PaymentGuard.Api")];

    protected override async Task<bool> IsAnswering(CancellationToken ct)
    {
        using var response = await Probe.GetAsync(new Uri(Url, "readyz"), ct);
        return response.IsSuccessStatusCode;
    }
}
