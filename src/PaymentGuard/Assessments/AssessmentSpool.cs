using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>
/// Keeps the answers that were given while PostgreSQL was away, and stores them when it is back: those of this process, and those of
/// processes of this machine that died. Until then they are known here, so that a payment gets its answer again.
/// </summary>
internal sealed partial class AssessmentSpool(
    DataKeys keys, Settings settings, AssessmentStore store, DecisionClaims claims, TimeProvider clock, ILogger<AssessmentSpool> logger) : BackgroundService
{
    private const int RowsMax = 100;   // requests wait for the file while a batch is read, about 1 ms
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(50), AdoptInterval = TimeSpan.FromSeconds(2), RetryInterval = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private ImmutableArray<SpoolFile> adopted = [];
    private SpoolFile? own;

    /// <summary>Answers not yet in PostgreSQL.</summary>
    public int Depth => (own?.Depth ?? 0) + adopted.Sum(file => file.Depth);

    /// <summary>Keeps a row. Throws <see cref="IOException"/> when the disk does not take it.</summary>
    public void Append(AssessmentRow row) => OwnFile().Append(row);

    public AssessmentRow? Find(string paymentId)
    {
        if (own?.Find(paymentId) is { } row) return row;
        foreach (var file in adopted)
            if (file.Find(paymentId) is { } other) return other;
        return null;
    }

    public AssessmentRow? Find(Guid id)
    {
        if (own?.Find(id) is { } row) return row;
        foreach (var file in adopted)
            if (file.Find(id) is { } other) return other;
        return null;
    }

    /// <summary>Adopts the files of dead processes before the first payment is decided.</summary>
    public override Task StartAsync(CancellationToken ct)
    {
        OwnFile();
        Adopt();
        return base.StartAsync(ct);
    }

    public override async Task StopAsync(CancellationToken ct)
    {
        await base.StopAsync(ct);
        Flush();
        own?.Dispose();
        foreach (var file in adopted) file.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        var (nextAdoption, nextDrain) = (clock.GetTimestamp(), clock.GetTimestamp());
        while (!ct.IsCancellationRequested)
        {
            Flush();
            if (IsDue(ref nextAdoption, AdoptInterval)) Adopt();
            if (IsDue(ref nextDrain, RetryInterval)) await Drain(ct);
            await Task.Delay(FlushInterval, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private SpoolFile OwnFile()
    {
        if (own is { } file) return file;
        lock (gate) return own ??= SpoolFile.Create(settings.SpoolFolder, keys);
    }

    private bool IsDue(ref long next, TimeSpan interval)
    {
        if (clock.GetTimestamp() < next) return false;
        next = clock.GetTimestamp() + (long)(interval.TotalSeconds * clock.TimestampFrequency);
        return true;
    }

    private void Flush()
    {
        try { own?.Flush(); }
        catch (IOException failure) { NotFlushed(logger, failure); }
    }

    private void Adopt()
    {
        foreach (var path in Directory.EnumerateFiles(settings.SpoolFolder, "*" + SpoolFile.Extension))
        {
            if (path == own?.Path || adopted.Any(file => file.Path == path) || SpoolFile.TryAdopt(path, keys) is not { } dead) continue;
            if (dead.Depth > 0) Adopted(logger, dead.Depth);
            adopted = adopted.Add(dead);
        }
    }

    private async Task Drain(CancellationToken ct)
    {
        try
        {
            // Asking also when nothing waits here lets the breaker find out that PostgreSQL is back.
            if (!store.IsAvailable) await store.StoreNow([], ct);
            if (own is { Depth: > 0 } file) await Drain(file, ct);
            foreach (var dead in adopted) await DrainAndDelete(dead, ct);
        }
        catch (Exception) when (!store.IsAvailable || ct.IsCancellationRequested) { }
        catch (Exception failure) { NotDrained(logger, Depth, failure); }
    }

    private async Task Drain(SpoolFile file, CancellationToken ct)
    {
        while (file.NextRows(RowsMax, out var next) is { Count: > 0 } rows)
        {
            // The logs may have been rebuilt from PostgreSQL while these were not there: their attempts are appended again, which changes nothing else.
            var winners = await store.StoreNow([.. rows.Select(row => row with { VelocityApplied = false })], ct);
            for (var item = 0; item < rows.Count; item++)
                if (winners[item].Id != rows[item].Id) ReportDoubled(rows[item], winners[item]);
            file.Drained(rows, next);
            claims.Forget(rows);
        }
    }

    private async Task DrainAndDelete(SpoolFile dead, CancellationToken ct)
    {
        await Drain(dead, ct);
        adopted = adopted.Remove(dead);
        if (dead.IsDamaged) KeepDamaged(dead);
        dead.Dispose();
    }

    private void KeepDamaged(SpoolFile dead)
    {
        File.Move(dead.Path, dead.Path + ".damaged");
        Damaged(logger, dead.Path + ".damaged");
    }

    private void ReportDoubled(AssessmentRow given, AssessmentRow stored)
    {
        Metrics.DoubledAnswers.Add(1);
        Doubled(logger, given.PaymentId, AnswerJson.PublicId(given.Id), given.Decision.ToString(), AnswerJson.PublicId(stored.Id), stored.Decision.ToString());
    }

    [LoggerMessage(LogLevel.Warning, "The spool was not brought to disk")]
    private static partial void NotFlushed(ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Information, "Adopted {Count} assessments of a process that died")]
    private static partial void Adopted(ILogger logger, int count);

    [LoggerMessage(LogLevel.Error, "{Count} assessments wait in the spool and were not stored")]
    private static partial void NotDrained(ILogger logger, int count, Exception failure);

    [LoggerMessage(LogLevel.Error, "A spool file holds assessments that no data key opens; it is kept as {Path}")]
    private static partial void Damaged(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "Payment {PaymentId} was answered twice while both stores were away: {GivenId} {GivenDecision} was given as well, {StoredId} {StoredDecision} is recorded")]
    private static partial void Doubled(ILogger logger, string paymentId, string givenId, string givenDecision, string storedId, string storedDecision);
}
