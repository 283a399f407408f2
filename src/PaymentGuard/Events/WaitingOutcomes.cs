using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Assessments;

namespace PaymentGuard.Events;

/// <summary>
/// Follows the assessments, of all processes, and applies outcomes that came before their attempt. Assessments may commit in another
/// order than they began in, so each look goes back to the oldest transaction that was open at the look before. First, and once a
/// minute, it looks at all: a process may have died between recording an event and applying it.
/// </summary>
internal sealed class WaitingOutcomes(
    NpgsqlDataSource postgres, ApplyEvents apply, AssessmentsStored stored, TimeProvider clock, ILogger<WaitingOutcomes> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_7761_6974_696E;   // "PGwaitin"
    private static readonly TimeSpan FullInterval = TimeSpan.FromMinutes(1);
    private readonly TimeProvider clock = clock;

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        while (true)
        {
            await ApplyEvents.LeaveAbandoned(connection, FullInterval, ct);
            var since = 0UL;
            for (var begun = clock.GetTimestamp(); clock.GetElapsedTime(begun) < FullInterval;)
            {
                var more = stored.Next;
                var oldestOpen = await OldestOpen(connection, ct);
                while (!await apply.HandleWaiting(connection, since, ct)) { }
                since = oldestOpen;
                await stored.Wait(more, ct);
            }
        }
    }

    private static async Task<ulong> OldestOpen(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_snapshot_xmin(pg_current_snapshot())", connection);
        return (ulong)(await command.ExecuteScalarAsync(ct))!;
    }
}
