using System.Globalization;
using StackExchange.Redis;

namespace PaymentGuard.Load;

/// <summary>What Redis has done since it started.</summary>
/// <param name="Commands">Calls by command.</param>
/// <param name="Reads">How often it read from a connection: with one decision at a time, the number of packets that the decisions were sent in.</param>
internal sealed record RedisCounts(IReadOnlyDictionary<string, long> Commands, long Reads)
{
    public static async Task<RedisCounts> Take(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AllowAdmin = true;                      // INFO is held to be a command for administrators
        using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        var server = connection.GetServer(address);
        var commands = (await server.InfoAsync("commandstats")).Single().ToDictionary(
            line => line.Key["cmdstat_".Length..], line => long.Parse(line.Value.Split('=', ',')[1], CultureInfo.InvariantCulture));
        var stats = (await server.InfoAsync("stats")).Single().ToDictionary(line => line.Key, line => line.Value);
        return new RedisCounts(commands, long.Parse(stats["total_reads_processed"], CultureInfo.InvariantCulture));
    }

    /// <summary>Calls for each decision between two counts, the most frequent first; rarer than one in a hundred left out.</summary>
    public string PerDecision(RedisCounts before, long decisions) => string.Join(", ",
        from command in Commands
        let calls = (command.Value - before.Commands.GetValueOrDefault(command.Key)) / (double)decisions
        where calls >= 0.01
        orderby calls descending
        select string.Create(CultureInfo.InvariantCulture, $"{calls:0.00} {command.Key}"));
}
