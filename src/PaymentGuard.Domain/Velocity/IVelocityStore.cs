using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Velocity;

/// <summary>
/// The logs of all entities. Appending is idempotent: what comes again changes no velocity. What cannot be read in time is unavailable,
/// in the signals and in <see cref="VelocityAttempt.Unavailable"/>; nothing throws because a store is slow, full or away.
/// </summary>
public interface IVelocityStore
{
    /// <summary>
    /// Appends the attempt to the log of each of its entities and reads what the plan asks, as of the attempt, from what stands before its first record.
    /// A velocity is known, missing (the payment does not name the entity, or there is nothing to average) or unavailable.
    /// </summary>
    /// <param name="budget">Longest wait.</param>
    /// <returns>Whether every append was confirmed; those that were not may have happened.</returns>
    ValueTask<bool> AppendAndRead(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct);

    /// <summary>Appends to the log of each of the event's entities.</summary>
    /// <returns>Whether every append was confirmed.</returns>
    ValueTask<bool> Append(VelocityEvent record, CancellationToken ct);

    /// <summary>Reads as <see cref="AppendAndRead"/> does and appends nothing; all that stands in a log counts where the attempt is not in it.</summary>
    ValueTask Read(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct);
}
