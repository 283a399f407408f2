using System.Diagnostics;
using Npgsql;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>
/// A whole PaymentGuard on this machine, kept in one folder: private PostgreSQL, Redis and Kafka, keys, the Api, and the file
/// <c>env</c> that tells other programs where everything is. A server whose address the environment gives is used instead of a private one.
/// </summary>
/// <param name="progress">Is told what was done and how long it took.</param>
internal sealed class LocalSetup(string folder, TimeProvider clock, Action<string> progress)
{
    private const string Database = "paymentguard";

    private readonly PostgresServer postgres = new(Path.Combine(folder, "postgres"));
    private readonly RedisServer redis = new(Path.Combine(folder, "redis"), keepsData: true);
    private readonly KafkaServer kafka = new(Path.Combine(folder, "kafka"));

    /// <summary>Lines <c>KEY='value'</c>, as a shell reads them; 0600, because a token and a password are among them.</summary>
    public string EnvironmentFile => InFolder("env");

    /// <summary>The servers that were ever started here.</summary>
    public IReadOnlyList<LocalServer> Servers => [.. new LocalServer[] { Api(new Dictionary<string, string>()), kafka, redis, postgres }.Where(server => Directory.Exists(server.Folder))];

    /// <summary>Starts what does not run, brings the database up to date, and writes <see cref="EnvironmentFile"/>.</summary>
    /// <returns>The settings, as the file has them.</returns>
    public async Task<IReadOnlyDictionary<string, string>> Up(CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var settings = FixedSettings();
        var addresses = await Task.WhenAll(
            AddressOf("PAYMENTGUARD_POSTGRES", postgres, () => postgres.Uri(Database), ct),
            AddressOf("PAYMENTGUARD_REDIS", redis, () => redis.Address, ct),
            AddressOf("PAYMENTGUARD_KAFKA", kafka, () => kafka.Address, ct));
        foreach (var (name, address) in addresses) settings[name] = address;
        await Migrate(settings, ct);
        settings["PAYMENTGUARD_API"] = await StartApi(settings, ct);
        settings["PAYMENTGUARD_TOKEN"] = CheckoutToken(settings);
        PrivateFile.Write(EnvironmentFile, string.Concat(settings.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(Line)));
        return settings;
    }

    /// <summary>Stops the servers that were started here, the Api first, so that it finishes its work.</summary>
    /// <param name="clean">Whether their data and the keys are deleted as well.</param>
    public async Task Down(bool clean)
    {
        foreach (var server in Servers) await (clean ? server.Remove() : server.Stop());
        if (clean && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        else File.Delete(EnvironmentFile);
    }

    private ApiProcess Api(IReadOnlyDictionary<string, string> settings) => new(InFolder("api"), settings);

    private async Task<(string Name, string Address)> AddressOf(string name, LocalServer own, Func<string> address, CancellationToken ct)
    {
        // A shell that has read an older env file gives us our own address back.
        if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } given && !own.IsAt(given)) return (name, given);
        await Timed(own, () => own.Start(ct));
        return (name, address());
    }

    private async Task Migrate(Dictionary<string, string> settings, CancellationToken ct)
    {
        if (postgres.IsRunning) await postgres.CreateDatabase(Database, ct: ct);
        await using var source = PostgresSource.Create(new Settings(settings.GetValueOrDefault));
        try { await new Migrator(source).Run(ct); }
        catch (NpgsqlException failure)
        {
            throw new LocalServerException($"The database of PAYMENTGUARD_POSTGRES cannot be brought up to date: {failure.Message}. Correct the address, or unset it to use a private server.");
        }
    }

    /// <summary>One that runs is replaced: it may have been built anew since, and its settings may have changed.</summary>
    private async Task<string> StartApi(Dictionary<string, string> settings, CancellationToken ct)
    {
        var api = Api(settings);
        await Timed(api, async () =>
        {
            await api.Stop();
            await api.Start(ct);
        });
        return api.Url.ToString().TrimEnd('/');
    }

    private async Task Timed(LocalServer server, Func<Task> start)
    {
        var watch = Stopwatch.StartNew();
        await start();
        progress($"{server.Name,-28} {server.Address,-16} up in {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>What does not depend on servers; what the environment gives goes first.</summary>
    private Dictionary<string, string> FixedSettings()
    {
        var keys = new LocalKeys(InFolder("keys"));
        var defaults = new Dictionary<string, string>
        {
            ["PAYMENTGUARD_ISSUER"] = "https://identity.local",
            ["PAYMENTGUARD_AUDIENCE"] = "paymentguard",
            ["PAYMENTGUARD_PUBLIC_KEY"] = keys.PublicKeyFile,
            ["PAYMENTGUARD_SIGNING_KEY"] = keys.SigningKeyFile,
            ["PAYMENTGUARD_SERVICE_KEY"] = keys.ServiceKeyFile,
            ["PAYMENTGUARD_KEYS"] = keys.DataKeyFile,
            ["PAYMENTGUARD_RULES"] = Path.Combine(Repository.Root, "rules"),
            ["PAYMENTGUARD_IP_COUNTRY"] = Places.WriteAddressRanges(InFolder("ip-country.csv")),
            ["PAYMENTGUARD_SPOOL"] = InFolder("spool"),
            ["PAYMENTGUARD_PASSKEY_RP_ID"] = "localhost",
            // Ports that development servers of shops' pages use.
            ["PAYMENTGUARD_PASSKEY_ORIGINS"] = "http://localhost:3000;http://localhost:8080",
            ["PAYMENTGUARD_CHECKPOINTS"] = InFolder("checkpoints"),
            ["PAYMENTGUARD_SENDER"] = "file:" + InFolder("messages.jsonl"),
            ["PAYMENTGUARD_ACCOUNT_PAGE"] = "https://account.example/security",
        };
        return defaults.ToDictionary(
            entry => entry.Key, entry => Environment.GetEnvironmentVariable(entry.Key) is { Length: > 0 } given ? given : entry.Value);
    }

    private string CheckoutToken(Dictionary<string, string> settings)
    {
        using var signer = TokenSigner.Create(new Settings(settings.GetValueOrDefault), clock);
        return signer.Sign("checkout", TokenSigner.CheckoutScopes, TimeSpan.FromDays(7));
    }

    private static string Line(KeyValuePair<string, string> entry) => $"{entry.Key}='{entry.Value.Replace("'", @"'\''", StringComparison.Ordinal)}'\n";

    private string InFolder(string name) => Path.GetFullPath(Path.Combine(folder, name));
}
