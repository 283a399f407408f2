using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Rules;

/// <summary>Keeps the files of every rule set that was in force, by hash, so that an old assessment is explained by the rules of its time.</summary>
internal sealed class RuleSetStore(NpgsqlDataSource postgres)
{
    /// <summary>Stores the set unless it is there.</summary>
    public async Task Save(RuleSet ruleSet, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand("INSERT INTO rule_sets (hash, files) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING");
        command.Parameters.Add(new() { Value = ruleSet.Hash });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(ruleSet.Files), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The files of a set; null when no set of that hash was ever stored.</summary>
    public async Task<RuleFolderTexts?> Find(string hash, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand("SELECT files FROM rule_sets WHERE hash = $1");
        command.Parameters.Add(new() { Value = hash });
        return await command.ExecuteScalarAsync(ct) is string json
            ? new RuleFolderTexts(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!, [], [])
            : null;
    }
}
