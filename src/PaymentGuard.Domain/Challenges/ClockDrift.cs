namespace PaymentGuard.Domain.Challenges;

/// <summary>
/// How far the clock of a buyer's device is off, learnt from the codes that were accepted (RFC 6238, 6). One late code says little; three in a row that are
/// off to the same side move what is accepted by one step. Beyond <see cref="StepsMax"/> a device is taken for broken.
/// </summary>
/// <param name="Steps">Steps that the device is ahead; negative: behind.</param>
/// <param name="Run">How many codes in a row were off to the same side: negative for behind.</param>
public readonly record struct ClockDrift(short Steps, short Run)
{
    public const int StepsMax = 10, RunMoving = 3;

    /// <param name="offset">The accepted step less the one expected: −1, 0 or 1.</param>
    public ClockDrift After(int offset)
    {
        if (offset == 0) return this with { Run = 0 };
        var run = Math.Sign(offset) == Math.Sign(Run) ? Run + offset : offset;
        if (Math.Abs(run) < RunMoving) return this with { Run = (short)run };
        return new ClockDrift((short)Math.Clamp(Steps + Math.Sign(offset), -StepsMax, StepsMax), 0);
    }
}
