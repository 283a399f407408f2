using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>
/// A private PostgreSQL with one superuser, <c>paymentguard</c>, and a random password. PostgreSQL refuses to run as root; then it runs
/// under the account <c>postgres</c>, and its data lies where that account can go: in the folder or, when the folder is closed to it,
/// in a folder of its own among the temporary files, which <c>data-path</c> remembers.
/// </summary>
internal sealed class PostgresServer(string folder) : LocalServer(folder)
{
    private const string User = "paymentguard", Account = "postgres";

    public override string Name => "PostgreSQL";

    /// <summary>The server's account has to pass through; the data folder and the password are closed by themselves.</summary>
    protected override UnixFileMode FolderMode => base.FolderMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static bool IsRoot => Environment.UserName == "root";

    private string PasswordFile => Path.Combine(Folder, "password");

    private string DataPathFile => Path.Combine(Folder, "data-path");

    private string Data => File.ReadAllText(DataPathFile);

    /// <summary>How a database of this server is reached: <c>postgresql://user:password@host:port/database</c>.</summary>
    public string Uri(string database) => $"postgresql://{User}:{File.ReadAllText(PasswordFile)}@{Address}/{database}";

    /// <summary>Runs one statement as the superuser.</summary>
    public async Task Execute(string statement, string database = "postgres", CancellationToken ct = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Creates the database if it is absent; like its template, if one is given.</summary>
    public async Task CreateDatabase(string name, string template = "template1", CancellationToken ct = default)
    {
        try { await Execute($"CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"", ct: ct); }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.DuplicateDatabase) { }
    }

    /// <inheritdoc/>
    public override async Task Remove()
    {
        await Kill();
        if (File.Exists(DataPathFile) && Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
        await base.Remove();
    }

    protected override async Task Prepare(CancellationToken ct)
    {
        if (File.Exists(DataPathFile) && File.Exists(Path.Combine(Data, "PG_VERSION"))) return;
        var data = await DataFolder(ct);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        PrivateFile.Write(PasswordFile, password);
        await InitialiseData(data, password, ct);
        File.WriteAllText(DataPathFile, data);
    }

    private static async Task InitialiseData(string data, string password, CancellationToken ct)
    {
        // A file, because a list of processes would show an argument; its owner is the account that reads it.
        var passwordFile = data + ".password";
        PrivateFile.Write(passwordFile, password);
        if (IsRoot) await GiveToAccount(passwordFile, ct);
        var (succeeded, output) = await Executables.Run([.. AsAccount(
        [
            Program("initdb"), "--pgdata", data, "--username", User, "--pwfile", passwordFile, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        ])], ct);
        File.Delete(passwordFile);
        if (!succeeded) throw new LocalServerException($"PostgreSQL's data could not be created in {data}:{Environment.NewLine}{output}");
    }

    // Durable as in production: figures taken here include each commit's fsync.
    protected override IEnumerable<string> Command() => AsAccount(
    [
        Program("postgres"), "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", "",
        "-c", "shared_buffers=128MB", "-c", "max_connections=200", "-c", "max_wal_size=2GB", "-c", "fsync=on", "-c", "synchronous_commit=on",
    ]);

    protected override async Task<bool> IsAnswering(CancellationToken ct)
    {
        await Execute("SELECT 1", ct: ct);
        return true;
    }

    // Not pooled: connections of a pool would keep template databases in use and outlive a restart of the server.
    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Username = User, Password = File.ReadAllText(PasswordFile), Database = database, Pooling = false, Timeout = 2,
    }.ConnectionString;

    private static IEnumerable<string> AsAccount(IEnumerable<string> command) =>
        IsRoot ? [Executables.Get("setpriv", "util-linux"), "--reuid", Account, "--regid", Account, "--init-groups", "--", .. command] : command;

    /// <summary>A new, empty folder that the server's account may use, as close to ours as possible.</summary>
    private async Task<string> DataFolder(CancellationToken ct)
    {
        if (!IsRoot) return Path.Combine(Folder, "data");
        foreach (var parent in (string[])[Folder, Path.GetTempPath(), "/tmp", "/var/tmp"])
        {
            if (!(await Executables.Run([.. AsAccount(["test", "-x", parent])], ct)).Succeeded) continue;
            var data = parent == Folder ? Path.Combine(Folder, "data") : Path.Combine(parent, "paymentguard-postgres-" + Path.GetRandomFileName());
            Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await GiveToAccount(data, ct);
            return data;
        }
        throw new LocalServerException($"The account {Account}, which PostgreSQL runs under, cannot enter {Folder} nor any folder of temporary files. Make one of them enterable (chmod o+x).");
    }

    private static async Task GiveToAccount(string path, CancellationToken ct)
    {
        var (succeeded, output) = await Executables.Run(["chown", $"{Account}:{Account}", path], ct);
        if (!succeeded) throw new LocalServerException($"{path} cannot be given to the account {Account}, which PostgreSQL runs under: {output}");
    }

    /// <summary>A program of the newest PostgreSQL; Debian keeps them in a folder for each version.</summary>
    private static string Program(string name) =>
        Directory.Exists("/usr/lib/postgresql")
        && Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(version => Path.Combine(version, "bin", name)).FirstOrDefault(File.Exists) is { } found
            ? found
            : Executables.Get(name, "postgresql");

    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;
}
