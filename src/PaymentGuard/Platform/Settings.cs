using System.Globalization;

namespace PaymentGuard.Platform;

/// <summary>A setting is missing or cannot be used. The message names the variable and what it must hold; it holds no secret.</summary>
internal sealed class SettingException(string message) : Exception(message);

/// <summary>
/// What the environment tells a process. Reading a setting that this process needs and that is not set throws a
/// <see cref="SettingException"/>, so a command asks only for what it uses.
/// </summary>
/// <param name="read">The value of a variable; null or empty means that it is not set.</param>
internal sealed class Settings(Func<string, string?> read)
{
    public static Settings FromEnvironment() => new(Environment.GetEnvironmentVariable);

    /// <summary>The database, a URI: <c>postgresql://user:password@host:port/database</c>.</summary>
    public string Postgres => Required("PAYMENTGUARD_POSTGRES", "a postgresql:// URI");

    /// <summary>The Redis server, <c>host:port</c>; several, separated by commas, are one cluster.</summary>
    public string Redis => Required("PAYMENTGUARD_REDIS", "host:port of Redis");

    /// <summary>The Kafka broker, <c>host:port</c>. Null: this installation has no Kafka.</summary>
    public string? Kafka => Optional("PAYMENTGUARD_KAFKA");

    /// <summary>The only issuer whose tokens are taken.</summary>
    public string Issuer => Required("PAYMENTGUARD_ISSUER", "the issuer of the access tokens");

    /// <summary>The audience that a token must be made for.</summary>
    public string Audience => Required("PAYMENTGUARD_AUDIENCE", "the audience of the access tokens");

    /// <summary>PEM file with the public keys (P-256) that tokens are checked with; more than one while keys rotate.</summary>
    public string PublicKeyFile => Required("PAYMENTGUARD_PUBLIC_KEY", "the PEM file of the tokens' public key");

    /// <summary>PEM file of the private key; only the command line, which makes tokens for a local set-up, reads it.</summary>
    public string SigningKeyFile => Required("PAYMENTGUARD_SIGNING_KEY", "the PEM file of the tokens' private key");

    /// <summary>File of the data keys, see <see cref="DataKeys"/>.</summary>
    public string KeyFile => Required("PAYMENTGUARD_KEYS", "the file of the data keys");

    /// <summary>PEM file of the private key (P-256) that the service itself signs with: proofs of answered challenges, checkpoints of the audit chain.</summary>
    public string ServiceKeyFile => Required("PAYMENTGUARD_SERVICE_KEY", "the PEM file of the service's private key");

    /// <summary>What authenticator apps show beside the account.</summary>
    public string TotpIssuer => Optional("PAYMENTGUARD_TOTP_ISSUER") ?? "PaymentGuard";

    /// <summary>The domain that passkeys belong to, WebAuthn's relying party id. Changing it makes all of them useless.</summary>
    public string PasskeyRpId => Optional("PAYMENTGUARD_PASSKEY_RP_ID") is not { } id ? "localhost"
        : id == id.ToLowerInvariant() && Uri.CheckHostName(id) == UriHostNameType.Dns ? id
        : throw new SettingException("PAYMENTGUARD_PASSKEY_RP_ID must be a domain in small letters, such as shop.example.");

    /// <summary>Where pages that use passkeys come from, each exactly as browsers spell it; the domain's own page unless set.</summary>
    public IReadOnlyList<string> PasskeyOrigins
    {
        get
        {
            var rpId = PasskeyRpId;
            var origins = (Optional("PAYMENTGUARD_PASSKEY_ORIGINS") ?? (rpId == "localhost" ? "http://localhost" : $"https://{rpId}"))
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return origins.Length > 0 && Array.TrueForAll(origins, origin => IsOriginOf(rpId, origin)) ? origins
                : throw new SettingException($"PAYMENTGUARD_PASSKEY_ORIGINS must be origins of {rpId} or its subdomains, separated by semicolons: https://host, with a port that is not 443; http only for localhost; no slash at the end.");
        }
    }

    /// <summary>Folder of the rule set.</summary>
    public string RulesFolder => Optional("PAYMENTGUARD_RULES") ?? "rules";

    /// <summary>CSV, also gzipped, of address ranges by country. Null: countries of addresses are not known.</summary>
    public string? IpCountryFile => Optional("PAYMENTGUARD_IP_COUNTRY");

    /// <summary>Folder of decisions that PostgreSQL has not taken yet; on a local disk, the same for all processes of a machine.</summary>
    public string SpoolFolder => Optional("PAYMENTGUARD_SPOOL") ?? Path.Combine(".run", "spool");

    /// <summary>Folder of the signed checkpoints of the audit chain; out of the database's reach, one for a machine or one for all.</summary>
    public string CheckpointFolder => Optional("PAYMENTGUARD_CHECKPOINTS") ?? Path.Combine(".run", "checkpoints");

    /// <summary>Addresses to listen on, separated by semicolons.</summary>
    public string Urls => Optional("PAYMENTGUARD_URLS") ?? "http://127.0.0.1:5080";

    /// <summary>Where traces and metrics go (OTLP). Null: nowhere.</summary>
    public string? OtlpEndpoint => Optional("OTEL_EXPORTER_OTLP_ENDPOINT");

    /// <summary>Most decisions in work at a time; what exceeds it is refused at once, so that no answer comes late.</summary>
    public int DecisionsInWorkMax => Number("PAYMENTGUARD_DECISIONS_IN_WORK_MAX", fallback: 512, min: 1, max: 100_000);

    /// <summary>Whether browsers let a page of this origin use the domain's passkeys. Android's apps have origins of their own kind.</summary>
    private static bool IsOriginOf(string rpId, string origin) =>
        origin.StartsWith("android:apk-key-hash:", StringComparison.Ordinal)
        || Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin
            && (uri.Host == rpId || uri.Host.EndsWith($".{rpId}", StringComparison.Ordinal))
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp && uri.Host == "localhost");
    /// <summary>How messages to buyers are sent, see <see cref="Notifications.Senders.MessageSenders"/>. Null: they are queued and not sent.</summary>
    public string? Sender => Optional("PAYMENTGUARD_SENDER");

    /// <summary>What webhooks are signed with; at least 32 characters. Null: there is none.</summary>
    public string? SenderSecret => Optional("PAYMENTGUARD_SENDER_SECRET");

    /// <summary>The platform's page that links in messages open. Null: not known.</summary>
    public string? AccountPage => Optional("PAYMENTGUARD_ACCOUNT_PAGE");

    private string Required(string name, string meaning) =>
        Optional(name) ?? throw new SettingException($"{name} is not set: {meaning}.");

    private string? Optional(string name) => read(name) is { Length: > 0 } value ? value : null;

    private int Number(string name, int fallback, int min, int max)
    {
        if (Optional(name) is not { } text) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new SettingException($"{name} must be a whole number from {min} to {max}.");
    }
}
