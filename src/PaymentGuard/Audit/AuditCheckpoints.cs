using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Events;
using PaymentGuard.Platform;

namespace PaymentGuard.Audit;

/// <summary>
/// Signs, each second with new entries and on stop, that the chain is whole up to its last entry, into a file outside the database. What is
/// signed was read after its commit and checked, from the latest checkpoint of the folder on; a chain that is not whole gets no checkpoint.
/// </summary>
internal sealed partial class AuditCheckpoints(
    Settings settings, NpgsqlDataSource postgres, DataKeys keys, TimeProvider clock, ILogger<AuditCheckpoints> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_6175_6469_7463;   // "PGauditc"
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), FaultInterval = TimeSpan.FromMinutes(1), StopPatience = TimeSpan.FromSeconds(5);

    private readonly byte[] linkKey = AuditLog.LinkKey(keys);
    private readonly string signingKey = ServiceKey.ReadPem(settings);
    private readonly TimeProvider clock = clock;

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        using var signer = ECDsa.Create();
        signer.ImportFromPem(signingKey);
        var last = new CheckpointFolder(settings.CheckpointFolder, [signer]).Latest() ?? new Checkpoint(0, 0, [], default);
        using var file = new CheckpointFile(settings.CheckpointFolder, clock);
        using var grace = new CancellationTokenSource();
        await using var stop = ct.Register(() => grace.CancelAfter(StopPatience));
        while (true)
        {
            var isLast = ct.IsCancellationRequested;
            var next = await Check(connection, last, grace.Token);
            if (next is not null) last = Write(file, signer, last, next);
            if (isLast) return;
            await Task.Delay(next is null ? FaultInterval : Interval, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Checkpoint Write(CheckpointFile file, ECDsa signer, Checkpoint last, Checkpoint next)
    {
        if (next.Number > last.Number) file.Append(next.Sign(signer));
        return next;
    }

    /// <summary>The last one when nothing is new; null when the chain is not whole after it.</summary>
    private async Task<Checkpoint?> Check(NpgsqlConnection connection, Checkpoint last, CancellationToken ct)
    {
        if (await AuditTable.Head(connection, ct) is { } head && head.Number == last.Number && head.Link.AsSpan().SequenceEqual(last.Link)) return last;
        using var check = new AuditCheck(linkKey, last.Number, last.Link);
        var fault = await AuditTable.Check(connection, check, progress: null, ct);
        if (fault is null) return last with { From = last.Number, Number = check.Number, Link = check.Link.ToArray(), At = clock.GetUtcNow() };
        LogFault(logger, fault.Entry, fault.Problem);
        return null;
    }

    [LoggerMessage(LogLevel.Critical, "The audit chain is not whole at entry {Entry}: {Problem}. No checkpoint is signed until it is; see paymentguard audit verify")]
    private static partial void LogFault(ILogger logger, long entry, string problem);
}

internal static class AuditServices
{
    /// <summary>Added before whatever appends, so that it stops after it and its last checkpoint covers all.</summary>
    public static IServiceCollection AddAuditCheckpoints(this IServiceCollection services) => services.AddHostedService<AuditCheckpoints>();
}
