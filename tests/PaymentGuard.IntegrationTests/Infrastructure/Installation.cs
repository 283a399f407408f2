using System.Net.Http.Headers;
using Npgsql;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>Which broker an installation uses.</summary>
internal enum KafkaUse
{
    /// <summary>Kafka is off.</summary>
    None,
    /// <summary>The run's broker: fast, but its topics hold what other tests sent.</summary>
    Shared,
    /// <summary>A broker that this test may break.</summary>
    Own,
}

/// <param name="OwnPostgres">Whether the test breaks PostgreSQL itself; otherwise it gets a database on the run's server.</param>
internal sealed record InstallationOptions(KafkaUse Kafka = KafkaUse.None, bool OwnPostgres = false);

/// <summary>One PaymentGuard under test: its database, Redis, Kafka, keys and settings, and the Apis that run on them.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly TestServers servers;
    private readonly List<LocalServer> owned = [];

    internal Installation(TestServers servers, PostgresServer postgres, string database, RedisServer redis, KafkaServer? kafka)
    {
        this.servers = servers;
        (Postgres, Database, Redis, Kafka) = (postgres, database, redis, kafka);
        owned.Add(redis);
        Folder = Directory.CreateDirectory(servers.NewFolder("installation")).FullName;
        var keys = new LocalKeys(Path.Combine(Folder, "keys"));
        Tokens = new TestTokens(keys.SigningKeyFile);
        Settings = new Dictionary<string, string>
        {
            ["PAYMENTGUARD_POSTGRES"] = postgres.Uri(database),
            ["PAYMENTGUARD_REDIS"] = redis.Address,
            ["PAYMENTGUARD_KAFKA"] = kafka?.Address ?? "",
            ["PAYMENTGUARD_ISSUER"] = TestTokens.Issuer,
            ["PAYMENTGUARD_AUDIENCE"] = TestTokens.Audience,
            ["PAYMENTGUARD_PUBLIC_KEY"] = keys.PublicKeyFile,
            ["PAYMENTGUARD_SIGNING_KEY"] = keys.SigningKeyFile,
            ["PAYMENTGUARD_SERVICE_KEY"] = keys.ServiceKeyFile,
            ["PAYMENTGUARD_KEYS"] = keys.DataKeyFile,
            ["PAYMENTGUARD_RULES"] = Directory.CreateDirectory(RulesFolder).FullName,
            ["PAYMENTGUARD_IP_COUNTRY"] = "",
            ["PAYMENTGUARD_SPOOL"] = Path.Combine(Folder, "spool"),
            ["PAYMENTGUARD_PASSKEY_RP_ID"] = "localhost",
            ["PAYMENTGUARD_PASSKEY_ORIGINS"] = PasskeyOrigin,
            ["PAYMENTGUARD_CHECKPOINTS"] = Path.Combine(Folder, "checkpoints"),
            ["PAYMENTGUARD_SENDER"] = "file:" + MessagesFile,
            ["PAYMENTGUARD_ACCOUNT_PAGE"] = "https://account.example/security",
        };
    }

    /// <summary>Where the software authenticator's pages come from; a browser's page needs its own added before an Api starts.</summary>
    public const string PasskeyOrigin = "http://localhost";

    /// <summary>Deleted when the run ends; spool, keys and rules are in it.</summary>
    public string Folder { get; }

    public PostgresServer Postgres { get; }

    public string Database { get; }

    public RedisServer Redis { get; }

    /// <summary>Null when the installation has no Kafka.</summary>
    public KafkaServer? Kafka { get; }

    public TestTokens Tokens { get; }

    /// <summary>What the Apis get as environment; change it before starting one. A new installation has an empty <see cref="RulesFolder"/>.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>Where messages to buyers go, a line of JSON each, unless the settings say otherwise.</summary>
    public string MessagesFile => Path.Combine(Folder, "messages.jsonl");

    public string RulesFolder => Path.Combine(Folder, "rules");

    /// <summary>Puts a line that can be made bad between the Apis, when they are started after this, and PostgreSQL.</summary>
    public void UsePostgresThrough(TcpProxy line) =>
        Settings["PAYMENTGUARD_POSTGRES"] = Settings["PAYMENTGUARD_POSTGRES"].Replace(Postgres.Address, line.Address, StringComparison.Ordinal);

    /// <summary>As <see cref="UsePostgresThrough"/>, with Redis.</summary>
    public void UseRedisThrough(TcpProxy line) => Settings["PAYMENTGUARD_REDIS"] = line.Address;

    /// <summary>Writes one file of the rule set, such as <c>card-burst.yaml</c> or <c>lists/bins.csv</c>.</summary>
    public void WriteRule(string file, string text)
    {
        var path = Path.Combine(RulesFolder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>The whole lines of <see cref="MessagesFile"/>, of what was sent so far.</summary>
    public async Task<IReadOnlyList<string>> ReadMessages()
    {
        if (!File.Exists(MessagesFile)) return [];
        string text;
        try
        {
            using var reader = new StreamReader(new FileStream(MessagesFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            text = await reader.ReadToEndAsync();
        }
        catch (IOException) { return await AfterWriting(); }
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // On Linux too, .NET keeps readers from a file that it writes alone.
        async Task<IReadOnlyList<string>> AfterWriting()
        {
            await Task.Delay(5);
            return await ReadMessages();
        }
    }

    /// <summary>The settings for code that runs in the test's own process.</summary>
    public Settings ReadSettings() => new(name => Settings.GetValueOrDefault(name));

    /// <summary>Connections to the installation's database; the caller disposes them.</summary>
    public NpgsqlDataSource OpenPostgres() => PostgresSource.Create(ReadSettings());

    /// <summary>Starts an Api and waits until it is ready. Several may run at once. They end with the installation.</summary>
    public async Task<ApiProcess> StartApi()
    {
        var api = new ApiProcess(servers.NewFolder("api"), Settings);
        owned.Add(api);
        return await servers.Start(api);
    }

    /// <summary>A client of an Api with a token of checkout's scopes, or of those given.</summary>
    public HttpClient Client(ApiProcess api, params string[] scopes)
    {
        var client = new HttpClient { BaseAddress = api.Url, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Sign(scopes));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in owned) await server.Kill();
        if (Kafka is { } kafka && !servers.IsShared(kafka)) await kafka.Kill();
        if (!servers.IsShared(Postgres)) await Postgres.Kill();
        else await Postgres.Execute($"DROP DATABASE IF EXISTS \"{Database}\" WITH (FORCE)");
        Tokens.Dispose();
    }
}
