using System.Net.Sockets;
using System.Net;
using System.Text;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;

namespace PaymentGuard.IntegrationTests.Infrastructure;

public sealed class TestServersTests(TestServers servers)
{
    [Fact]
    public async Task Install_Twice_EachHasAMigratedDatabaseOfItsOwn()
    {
        await using var first = await servers.Install();
        await using var second = await servers.Install();
        Assert.NotEqual(first.Database, second.Database);
        await using var postgres = second.OpenPostgres();
        await using var command = postgres.CreateCommand("SELECT count(*) FROM assessments");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Redis_KilledAndStarted_AnswersOnTheSamePort()
    {
        var redis = await servers.StartRedis();
        var address = redis.Address;
        await redis.Kill();
        Assert.False(redis.IsRunning);
        await redis.Start();
        Assert.Equal(address, redis.Address);
        Assert.Equal("+PONG", await Ping(redis.Address));
    }

    [Fact]
    public async Task Redis_Paused_AcceptsAndIsSilent()
    {
        var redis = await servers.StartRedis();
        redis.Pause();
        var answer = Ping(redis.Address);
        Assert.NotSame(answer, await Task.WhenAny(answer, Task.Delay(200)));
        redis.Resume();
        Assert.Equal("+PONG", await answer);
    }

    [Fact]
    public async Task Postgres_KilledAndStarted_HasWhatWasCommitted()
    {
        var postgres = await servers.StartPostgres();
        await postgres.Execute("CREATE TABLE kept AS SELECT 1 AS one");
        await postgres.Kill();
        await postgres.Start();
        await postgres.Execute("DROP TABLE kept");
        await postgres.Remove();
    }

    [Fact]
    public async Task Kafka_KilledAndStarted_HasWhatWasAcknowledged()
    {
        var kafka = await servers.StartKafka();
        if (!kafka.IsReal) Assert.Skip("The mock cluster keeps nothing across a restart.");
        using (var sender = new TestKafka(kafka.Address)) await sender.Send(KafkaTopics.Events, "a_1", "{}");
        await kafka.Kill();
        await kafka.Start();
        using var reader = new TestKafka(kafka.Address);
        Assert.Equal("a_1", reader.Read(KafkaTopics.Events, read => read.Count == 1, TimeSpan.FromSeconds(20))[0].Key);
        await kafka.Remove();
    }

    [Fact]
    public async Task Proxy_DelayedSilentAndDown_DoesSo()
    {
        var redis = await servers.StartRedis();
        await using var proxy = new TcpProxy(redis.Address);
        Assert.Equal("+PONG", await Ping(proxy.Address));
        proxy.Delay = TimeSpan.FromMilliseconds(200);
        var delayed = Ping(proxy.Address);
        Assert.NotSame(delayed, await Task.WhenAny(delayed, Task.Delay(100)));
        Assert.Equal("+PONG", await delayed);
        proxy.FallSilent();
        var silent = Ping(proxy.Address);
        Assert.NotSame(silent, await Task.WhenAny(silent, Task.Delay(400)));
        proxy.Speak();
        Assert.Equal("+PONG", await silent);
        proxy.GoDown();
        Assert.Equal("", await Ping(proxy.Address));
    }

    /// <summary>What the server answers to PING; empty when it closes the connection.</summary>
    private static async Task<string> Ping(string address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPEndPoint.Parse(address));
            await socket.SendAsync("PING\r\n"u8.ToArray());
            var reply = new byte[64];
            return Encoding.ASCII.GetString(reply, 0, await socket.ReceiveAsync(reply)).TrimEnd();
        }
        catch (SocketException) { return ""; }
    }
}
