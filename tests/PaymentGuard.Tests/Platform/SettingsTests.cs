using Npgsql;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

public sealed class SettingsTests
{
    [Fact]
    public void Setting_NotSet_IsNamed() =>
        Assert.StartsWith("PAYMENTGUARD_POSTGRES is not set", Assert.Throws<SettingException>(() => new Settings(_ => "").Postgres).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("100001")]
    public void Number_OutOfRange_IsRefused(string text) => Assert.Throws<SettingException>(() => new Settings(_ => text).DecisionsInWorkMax);

    [Fact]
    public void ConnectionString_Uri_IsUnderstood()
    {
        var built = new NpgsqlConnectionStringBuilder(PostgresSource.ConnectionString("postgresql://us%40er:p%3Ass@db.example:6432/pay?sslmode=verify-full&options=-c%20a%3Db"));
        Assert.Equal(("us@er", "p:ss", "db.example", 6432, "pay"), (built.Username, built.Password, built.Host, built.Port, built.Database));
        Assert.Equal((SslMode.VerifyFull, "-c a=b"), (built.SslMode, built.Options));
    }

    [Theory]
    [InlineData("db.example")]
    [InlineData("http://db.example/pay")]
    [InlineData("postgresql://db.example/pay?nonsense=1")]
    public void ConnectionString_NoSuchUri_IsRefused(string uri) => Assert.Throws<SettingException>(() => PostgresSource.ConnectionString(uri));
}
