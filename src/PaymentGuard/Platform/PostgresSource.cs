using Npgsql;

namespace PaymentGuard.Platform;

/// <summary>Makes the one pool of connections that a process has.</summary>
internal static class PostgresSource
{
    public static NpgsqlDataSource Create(Settings settings) => new NpgsqlDataSourceBuilder(ConnectionString(settings.Postgres)).Build();

    /// <summary>
    /// A URI as Npgsql wants it. Waits are short and few connections are kept: a database that hangs must cost us a bounded wait,
    /// not a heap of connections that hang as well.
    /// </summary>
    public static string ConnectionString(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("postgresql" or "postgres"))
            throw new SettingException("PAYMENTGUARD_POSTGRES must be a URI: postgresql://user:password@host:port/database.");
        var user = parsed.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = parsed.Host,
            Port = parsed.Port > 0 ? parsed.Port : 5432,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = Uri.UnescapeDataString(parsed.AbsolutePath.TrimStart('/')),
            ApplicationName = "paymentguard",
            MaxPoolSize = 20,
            Timeout = 2,
            CommandTimeout = 10,
            CancellationTimeout = -1,
            KeepAlive = 10,
            NoResetOnClose = true,
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 2,
        };
        AddOptions(builder, parsed.Query);
        return builder.ConnectionString;
    }

    private static void AddOptions(NpgsqlConnectionStringBuilder builder, string query)
    {
        foreach (var option in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            var value = Uri.UnescapeDataString(pair[^1]);
            try
            {
                if (pair[0] == "sslmode") builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                else builder[Uri.UnescapeDataString(pair[0])] = value;
            }
            catch (ArgumentException) { throw new SettingException($"PAYMENTGUARD_POSTGRES: the option {pair[0]} is not known or its value is not."); }
        }
    }
}
