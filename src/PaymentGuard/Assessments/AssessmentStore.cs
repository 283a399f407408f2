using System.Collections.Concurrent;
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
    private const int RowsMax = 500;
    private const int QueueMax = 8_192;

    // A commit costs as much as ten rows, so a busy store waits for more; one that was idle commits at once.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    // Sampling is longer than two tries at a server that takes neither connections nor commands.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1.5), Sampling = TimeSpan.FromSeconds(4.5), BreakDuration = TimeSpan.FromMilliseconds(500);

    private readonly AssessmentTable table;
    private readonly AssessmentsStored stored;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CircuitBreakerStateProvider breakerState = new();
    private readonly ResiliencePipeline breaker;
    private readonly BlockingCollection<StoreTicket> queue = new(QueueMax);
    private Task writer = Task.CompletedTask;

    public AssessmentStore(AssessmentTable table, AssessmentsStored stored, TimeProvider clock, ILogger<AssessmentStore> logger)
    {
        (this.table, this.stored, this.clock, this.logger) = (table, stored, clock, logger);
        breaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                MinimumThroughput = 2,
                FailureRatio = 0.5,
                SamplingDuration = Sampling,
                BreakDuration = BreakDuration,
                StateProvider = breakerState,
                OnOpened = opened => { Away(logger, opened.Outcome.Exception?.GetType().Name); return default; },
                OnClosed = _ => { Back(logger); return default; },
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = Timeout })
            .Build();
    }

    /// <summary>False while PostgreSQL is known to fail.</summary>
    public bool IsAvailable => breakerState.CircuitState == CircuitState.Closed;

    /// <summary>Queues a row. When PostgreSQL is away or the queue is full, the ticket has failed already.</summary>
    /// <param name="isGiven">Its answer was given already, so that it is recorded even if the account is frozen or its counter is full.</param>
    public StoreTicket Add(AssessmentRow row, bool isGiven = false)
    {
        var ticket = new StoreTicket(row, isGiven);
        if (!IsAvailable || !TryQueue(ticket)) ticket.Fail();
        return ticket;
    }

    /// <summary>Stores rows whose answers were given. Throws when PostgreSQL does not take them; some may be stored then.</summary>
    /// <returns>For each row the one that PostgreSQL has for its payment: itself, or another that was first.</returns>
    public async Task<AssessmentRow[]> StoreNow(IReadOnlyList<AssessmentRow> rows, CancellationToken ct)
    {
        var ordered = rows.OrderBy(row => row.PaymentId, StringComparer.Ordinal);
        var columns = new AssessmentColumns();
        foreach (var row in ordered) columns.Add(row, isGiven: true);
        return await breaker.ExecuteAsync(token => Insert(rows, columns, token), ct);
    }

    /// <summary>The stored assessment of a payment, or null. Throws when PostgreSQL does not answer.</summary>
    public async ValueTask<AssessmentRow?> OfPayment(string paymentId, CancellationToken ct) =>
        (await breaker.ExecuteAsync(async token => await table.OfPayments([paymentId], token), ct)).GetValueOrDefault(paymentId);

    /// <summary>The assessment of this id, or null. Throws when PostgreSQL does not answer.</summary>
    public ValueTask<AssessmentRow?> Find(Guid id, CancellationToken ct) =>
        breaker.ExecuteAsync(async token => await table.Find(id, token), ct);

    /// <summary>The writer has a thread of its own and blocks it: on the pool, each batch would stand in line behind the requests that wait for it.</summary>
    public Task StartAsync(CancellationToken ct)
    {
        writer = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    /// <summary>Writes what is queued, then stops.</summary>
    public Task StopAsync(CancellationToken ct)
    {
        queue.CompleteAdding();
        return writer.WaitAsync(ct);
    }

    private bool TryQueue(StoreTicket ticket)
    {
        try { return queue.TryAdd(ticket); }
        catch (InvalidOperationException) { return false; }      // the process is stopping
    }

    private void Write()
    {
        var batch = new List<StoreTicket>(RowsMax);
        var columns = new AssessmentColumns();
        for (var begun = 0L; queue.TryTake(out var ticket, -1);)
        {
            do if (ticket.TryTake()) batch.Add(ticket);
            while (batch.Count < RowsMax && queue.TryTake(out ticket, Left(begun)));
            begun = batch.Count > 1 ? clock.GetTimestamp() : 0;
            if (batch.Count > 0) Write(batch, columns);
            batch.Clear();
            columns.Clear();
        }
    }

    /// <summary>Milliseconds until the next batch may begin.</summary>
    private int Left(long begun) => (int)Math.Max(0, (Interval - clock.GetElapsedTime(begun)).TotalMilliseconds);

    private void Write(List<StoreTicket> batch, AssessmentColumns columns)
    {
        try
        {
            // The same order everywhere: two processes with the same payments would deadlock otherwise.
            batch.Sort(static (left, right) => string.CompareOrdinal(left.Row.PaymentId, right.Row.PaymentId));
            foreach (var ticket in batch) columns.Add(ticket.Row, ticket.IsGiven);
            var inserted = breaker.Execute(static work => work.table.Insert(work.columns), (table, columns));
            if (inserted > 0) stored.Signal();
            if (inserted == batch.Count) foreach (var ticket in batch) ticket.Complete(ticket.Row);
            else CompleteWithWinners(batch);
        }
        catch (Exception failure)
        {
            if (failure is not (BrokenCircuitException or TimeoutRejectedException)) NotWritten(logger, batch.Count, failure);
            foreach (var ticket in batch) ticket.Fail();
        }
    }

    private void CompleteWithWinners(List<StoreTicket> batch)
    {
        var winners = table.OfPayments(batch.ConvertAll(ticket => ticket.Row.PaymentId), CancellationToken.None).GetAwaiter().GetResult();
        foreach (var ticket in batch)
            if (winners.TryGetValue(ticket.Row.PaymentId, out var winner)) ticket.Complete(winner);
            else ticket.Refuse();
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
internal sealed class StoreTicket(AssessmentRow row, bool isGiven)
{
    private const int Queued = 0, Taken = 1, Withdrawn = 2;
    private readonly TaskCompletionSource<AssessmentRow?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int state;

    public AssessmentRow Row => row;

    public bool IsGiven => isGiven;

    /// <summary>
    /// PostgreSQL has no row for the payment, because the account is frozen and this one is no decline, or because its counter of low value has no room.
    /// To be read once <see cref="Stored"/> has completed.
    /// </summary>
    public bool IsRefused { get; private set; }

    /// <summary>
    /// The row that PostgreSQL has for the payment: this one, or another that was first. Null: it was not confirmed, and may be stored or not,
    /// unless it <see cref="IsRefused"/>.
    /// </summary>
    public Task<AssessmentRow?> Stored => done.Task;

    /// <summary>Takes the row back. False when a writer has it: then it may be stored at any time.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref state, Withdrawn, Queued) != Taken;

    public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Queued) == Queued;

    public void Complete(AssessmentRow winner) => done.TrySetResult(winner);

    public void Refuse()
    {
        IsRefused = true;
        done.TrySetResult(null);
    }

    public void Fail() => done.TrySetResult(null);
}
