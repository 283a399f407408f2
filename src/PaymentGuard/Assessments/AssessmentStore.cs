using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace PaymentGuard.Assessments;

/// <summary>
/// Writes assessments to PostgreSQL, many in one commit (group commit): what arrives while one batch commits is the next one. Whoever
/// commits first for a payment is its decision. When PostgreSQL fails or hangs, a breaker opens, so that nobody waits for it in vain.
/// </summary>
internal sealed partial class AssessmentStore : IHostedService
{
    private const int WriterCount = 2;   // one batch is prepared while the other waits for its commit
    private const int RowsMax = 500;
    private const int QueueMax = 8_192;
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(1.5), BreakDuration = TimeSpan.FromMilliseconds(500);

    private readonly AssessmentTable table;
    private readonly AssessmentsStored stored;
    private readonly ILogger logger;
    private readonly CircuitBreakerStateProvider breakerState = new();
    private readonly ResiliencePipeline breaker;
    private readonly Channel<StoreTicket> queue = Channel.CreateBounded<StoreTicket>(QueueMax);
    private Task writers = Task.CompletedTask;

    public AssessmentStore(AssessmentTable table, AssessmentsStored stored, TimeProvider clock, ILogger<AssessmentStore> logger)
    {
        (this.table, this.stored, this.logger) = (table, stored, logger);
        breaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                MinimumThroughput = 2,
                FailureRatio = 0.5,
                SamplingDuration = TimeSpan.FromSeconds(2),
                BreakDuration = BreakDuration,
                StateProvider = breakerState,
                OnOpened = opened => { Away(logger, opened.Outcome.Exception?.GetType().Name); return default; },
                OnClosed = _ => { Back(logger); return default; },
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = WriteTimeout })
            .Build();
    }

    /// <summary>False while PostgreSQL is known to fail.</summary>
    public bool IsAvailable => breakerState.CircuitState == CircuitState.Closed;

    /// <summary>Queues a row. When PostgreSQL is away or the queue is full, the ticket has failed already.</summary>
    public StoreTicket Add(AssessmentRow row)
    {
        var ticket = new StoreTicket(row);
        if (!IsAvailable || !queue.Writer.TryWrite(ticket)) ticket.Fail();
        return ticket;
    }

    /// <summary>Stores rows now. Throws when PostgreSQL does not take them; some may be stored then.</summary>
    /// <returns>For each row the one that PostgreSQL has for its payment: itself, or another that was first.</returns>
    public async Task<AssessmentRow[]> StoreNow(IReadOnlyList<AssessmentRow> rows, CancellationToken ct)
    {
        var ordered = rows.OrderBy(row => row.PaymentId, StringComparer.Ordinal);
        var columns = new AssessmentColumns();
        foreach (var row in ordered) columns.Add(row);
        return await breaker.ExecuteAsync(token => Insert(rows, columns, token), ct);
    }

    /// <summary>The stored assessment of a payment, or null. Throws when PostgreSQL does not answer.</summary>
    public async ValueTask<AssessmentRow?> OfPayment(string paymentId, CancellationToken ct) =>
        (await breaker.ExecuteAsync(async token => await table.OfPayments([paymentId], token), ct)).GetValueOrDefault(paymentId);

    /// <summary>The assessment of this id, or null. Throws when PostgreSQL does not answer.</summary>
    public ValueTask<AssessmentRow?> Find(Guid id, CancellationToken ct) =>
        breaker.ExecuteAsync(async token => await table.Find(id, token), ct);

    public Task StartAsync(CancellationToken ct)
    {
        writers = Task.WhenAll(Enumerable.Range(0, WriterCount).Select(_ => Task.Run(Write, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>Writes what is queued, then stops.</summary>
    public Task StopAsync(CancellationToken ct)
    {
        queue.Writer.TryComplete();
        return writers.WaitAsync(ct);
    }

    private async Task Write()
    {
        var batch = new List<StoreTicket>(RowsMax);
        var columns = new AssessmentColumns();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (batch.Count < RowsMax && queue.Reader.TryRead(out var ticket))
                if (ticket.TryTake()) batch.Add(ticket);
            if (batch.Count > 0) await Write(batch, columns).ConfigureAwait(false);
            batch.Clear();
            columns.Clear();
        }
    }

    private async Task Write(List<StoreTicket> batch, AssessmentColumns columns)
    {
        try
        {
            // The same order everywhere: two processes with the same payments would deadlock otherwise.
            batch.Sort(static (left, right) => string.CompareOrdinal(left.Row.PaymentId, right.Row.PaymentId));
            foreach (var ticket in batch) columns.Add(ticket.Row);
            var inserted = await breaker.ExecuteAsync(
                static async (work, token) => await work.table.Insert(work.columns, token).ConfigureAwait(false), (table, columns), CancellationToken.None).ConfigureAwait(false);
            if (inserted > 0) stored.Signal();
            if (inserted == batch.Count) foreach (var ticket in batch) ticket.Complete(ticket.Row);
            else await CompleteWithWinners(batch).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            if (failure is not (BrokenCircuitException or TimeoutRejectedException)) NotWritten(logger, batch.Count, failure);
            foreach (var ticket in batch) ticket.Fail();
        }
    }

    private async Task CompleteWithWinners(List<StoreTicket> batch)
    {
        var winners = await table.OfPayments(batch.ConvertAll(ticket => ticket.Row.PaymentId), CancellationToken.None).ConfigureAwait(false);
        foreach (var ticket in batch) ticket.Complete(winners[ticket.Row.PaymentId]);
    }

    private async ValueTask<AssessmentRow[]> Insert(IReadOnlyList<AssessmentRow> rows, AssessmentColumns columns, CancellationToken ct)
    {
        var inserted = await table.Insert(columns, ct);
        if (inserted > 0) stored.Signal();
        if (inserted == rows.Count) return [.. rows];
        var winners = await table.OfPayments([.. rows.Select(row => row.PaymentId)], ct);
        return [.. rows.Select(row => winners[row.PaymentId])];
    }

    [LoggerMessage(LogLevel.Warning, "PostgreSQL does not take assessments ({Reason}): answers go to the spool")]
    private static partial void Away(ILogger logger, string? reason);

    [LoggerMessage(LogLevel.Information, "PostgreSQL takes assessments again")]
    private static partial void Back(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "A batch of {Count} assessments was not written")]
    private static partial void NotWritten(ILogger logger, int count, Exception failure);
}

/// <summary>A row on its way to PostgreSQL.</summary>
internal sealed class StoreTicket(AssessmentRow row)
{
    private const int Queued = 0, Taken = 1, Withdrawn = 2;
    private readonly TaskCompletionSource<AssessmentRow?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int state;

    public AssessmentRow Row => row;

    /// <summary>
    /// The row that PostgreSQL has for the payment: this one, or another that was first. Null: it was not confirmed, and may be stored or not.
    /// </summary>
    public Task<AssessmentRow?> Stored => done.Task;

    /// <summary>Takes the row back. False when a writer has it: then it may be stored at any time.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref state, Withdrawn, Queued) != Taken;

    public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Queued) == Queued;

    public void Complete(AssessmentRow winner) => done.TrySetResult(winner);

    public void Fail() => done.TrySetResult(null);
}
