using System.Text.Json;
using Npgsql;
using PaymentGuard.Audit;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>A demand to freeze an account.</summary>
/// <param name="Actor">As an audit entry's: the token's subject, <c>buyer:{account}</c> or <c>rule:{id}</c>.</param>
/// <param name="Reason">In the words of who demands it.</param>
/// <param name="Since">When the account came into other hands, as far as is known; null, or in the future: now.</param>
/// <param name="AssessmentId">The assessment whose rule demands it; null: nobody but the actor does.</param>
internal sealed record FreezeOrder(string AccountId, string Actor, string Reason, DateTimeOffset? Since = null, Guid? AssessmentId = null);

/// <summary>
/// Freezes an account, in one transaction: from its commit on every payment is declined, what was open to be answered is dead, an interval of compromise
/// is open, the buyer is going to be told, and the audit chain has it. An account that is frozen already stays so; only the interval may begin earlier.
/// </summary>
internal sealed class FreezeAccount(
    NpgsqlDataSource postgres, CompromiseTable compromises, NotMeTokens links, NotificationOutbox notifications, NotificationsQueued queued, AuditLog audit,
    FrozenAccounts frozen, TimeProvider clock)
{
    private const string FreezeSql = "UPDATE accounts SET frozen_at = $2, last_frozen_at = $2 WHERE id = $1";
    private const string KillSql = "UPDATE challenges SET state = 'dead' WHERE account_id = $1 AND state IN ('open', 'answered')";

    /// <summary>Freezes in a transaction of its own. Throws when PostgreSQL does not confirm it; doing it again is safe.</summary>
    /// <param name="link">The token of the link "it was not me" that the buyer followed: the compromise began no later than what he was told of. Null: none.</param>
    /// <returns>Null: the link is none of the account's, or too old; nothing was done.</returns>
    public async Task<Compromise?> Handle(FreezeOrder order, string? link, CancellationToken ct)
    {
        var compromise = await postgres.InTransaction<Compromise?>(async (connection, token) =>
        {
            if (link is not null)
            {
                if (await links.Find(connection, link, token) is not (var owner, var at) || owner != order.AccountId) return null;
                order = order with { Since = order.Since < at ? order.Since : at };
            }
            await AccountTable.Lock(connection, order.AccountId, token);
            return await Handle(connection, order, token);
        }, ct);
        if (compromise is not null) Tell(order.AccountId);
        return compromise;
    }

    /// <summary>To be called once the caller's transaction has committed.</summary>
    public void Tell(string accountId)
    {
        frozen.Add(accountId);
        queued.Signal();
    }

    /// <summary>Freezes in the caller's transaction, who has locked the account. The audit entry is in it, so nothing but the commit and <see cref="Tell"/> may follow.</summary>
    public async Task<Compromise> Handle(NpgsqlConnection connection, FreezeOrder order, CancellationToken ct)
    {
        var now = clock.GetUtcNow().InMicroseconds();
        var since = order.Since?.InMicroseconds() is { } told && told < now ? told : now;
        if (await compromises.FindOpen(connection, order.AccountId, ct) is { } open) return await Extend(connection, open, since, order, ct);
        var opened = new Compromise(Guid.CreateVersion7(now), order.AccountId, since, now, EndedAt: null, order.Actor, order.Reason);
        await Execute(connection, FreezeSql, ct, order.AccountId, now);
        var killed = await Execute(connection, KillSql, ct, order.AccountId);
        await compromises.Insert(connection, opened, order.AssessmentId, ct);
        await notifications.Queue(connection, new Notification(order.AccountId, NotificationKinds.Frozen, new Dictionary<string, string>()), ct);
        await Note(connection, "account.frozen", opened, order, new { beganAt = since, challengesKilled = killed, assessment = PublicId(order) }, ct);
        return opened;
    }

    private async Task<Compromise> Extend(NpgsqlConnection connection, Compromise open, DateTimeOffset since, FreezeOrder order, CancellationToken ct)
    {
        if (since >= open.BeganAt) return open;
        await CompromiseTable.SetBegin(connection, open.Id, since, ct);
        await Note(connection, "compromise.extended", open, order, new { beganAt = since, before = open.BeganAt, assessment = PublicId(order) }, ct);
        return open with { BeganAt = since };
    }

    private Task Note(NpgsqlConnection connection, string action, Compromise compromise, FreezeOrder order, object details, CancellationToken ct) =>
        audit.Append(connection, [new AuditEntry(order.Actor, action, order.AccountId, AccountIds.OfCompromise(compromise.Id), JsonSerializer.Serialize(details))], ct);

    private static string? PublicId(FreezeOrder order) => order.AssessmentId is { } id ? Assessments.AnswerJson.PublicId(id) : null;

    private static async Task<int> Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
