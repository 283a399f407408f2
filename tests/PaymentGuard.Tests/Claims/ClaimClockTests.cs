using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Claims;

namespace PaymentGuard.Tests.Claims;

public sealed class ClaimClockTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.Parse("2026-03-27T10:00:00+00:00");
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>Pauses in minutes from the start; an end below the begin stands for an open one.</summary>
    private static readonly Gen<(int From, int Length, bool HasRequest)[]> Pauses = Gen.ArrayOf(
        from begin in Gen.Choose(-300, 2_000) from length in Gen.Choose(-40, 900) from asked in Gen.Choose(0, 5) select (begin, length, asked > 0), 4);

    [Fact]
    public void DueAfterHours_AnyPauses_IsWhatAMinuteByMinuteCountSays()
    {
        var cases = from hours in Gen.Choose(1, 30) from pauses in Pauses from stop in Gen.Choose(-1_000, 4_000) select (hours, pauses, stop);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            DateTimeOffset? stopAt = one.stop > 0 ? Start.AddMinutes(one.stop) : null;
            var pauses = one.pauses.Select(pause => PauseOf(pause, minutes: 1)).ToList();
            Assert.Equal(Counted(one.hours * 60, pauses, stopAt), ClaimClock.DueAfterHours(Start, one.hours, pauses, stopAt));
        }));
    }

    /// <summary>Counts each minute that is in no pause, until so many are counted.</summary>
    private static DateTimeOffset? Counted(int minutes, List<ClockPause> pauses, DateTimeOffset? stopAt)
    {
        for (var (at, left, tick) = (Start, minutes, 0); tick < 20_000; tick++, at = at.AddMinutes(1))
        {
            if (left == 0) return stopAt < at ? stopAt : at;
            if (!pauses.Any(pause => pause.RequestId is not null && pause.From <= at && !(pause.To <= at))) left--;
        }
        return stopAt;
    }

    [Fact]
    public void DueAfterBusinessDays_AnyPauses_IsWhatSetsOfDaysSay()
    {
        var cases = from count in Gen.Choose(1, 12) from pauses in Pauses from stop in Gen.Choose(-20, 60) from seed in Gen.Choose(0, 1_000) select (count, pauses, stop, seed);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (calendar, startedOn) = (CalendarOf(one.seed, 400), ClaimClock.DayOf(Start, Berlin));
            DateOnly? stopOn = one.stop > 0 ? startedOn.AddDays(one.stop) : null;
            var pauses = one.pauses.Select(pause => PauseOf(pause, minutes: 25)).ToList();
            var days = new BusinessDays(() => calendar);
            Assert.Equal(FromSets(startedOn, one.count, pauses, stopOn, calendar), ClaimClock.DueAfterBusinessDays(startedOn, one.count, pauses, stopOn, Berlin, days));
            Assert.True(days.IsCovered);
        }));
    }

    /// <summary>The least number of paused business days that agrees with itself: those of the pauses begun by the day that they lead to.</summary>
    private static DateOnly? FromSets(DateOnly startedOn, int count, List<ClockPause> pauses, DateOnly? stopOn, BusinessCalendar calendar)
    {
        var business = Enumerable.Range(1, 300).Select(startedOn.AddDays).Where(day => calendar.IsBusinessDay(day) == true).ToList();
        for (var paused = 0; ;)
        {
            var due = business[count + paused - 1];
            var begun = pauses.Where(pause => pause.RequestId is not null && ClaimClock.DayOf(pause.From, Berlin) <= due).ToList();
            if (begun.Any(pause => pause.To is null)) return stopOn;
            var days = business.Count(day => begun.Any(pause => ClaimClock.DayOf(pause.From, Berlin) < day && day <= ClaimClock.DayOf(pause.To!.Value, Berlin)));
            if (days == paused) return due > stopOn ? stopOn : due;
            paused = days;
        }
    }

    [Fact]
    public void After_AnyCalendar_IsThatBusinessDayOfAListOfThem()
    {
        var cases = from start in Gen.Choose(-5, 90) from count in Gen.Choose(1, 70) from seed in Gen.Choose(0, 10_000) select (start, count, seed);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var calendar = CalendarOf(one.seed, 80);
            var start = calendar.From.AddDays(one.start);
            var listed = Enumerable.Range(0, 81).Select(calendar.From.AddDays).Where(day => day > start && calendar.IsBusinessDay(day) == true).ToList();
            // Known only if no day on the way is before the first or after the last one that is covered.
            DateOnly? expected = start.AddDays(1) >= calendar.From && listed.Count >= one.count ? listed[one.count - 1] : null;
            var days = new BusinessDays(() => calendar);
            Assert.Equal(expected, days.After(start, one.count));
            Assert.Equal(expected is not null, days.IsCovered);
        }));
    }

    [Fact]
    public void IsBusinessDay_WorkdayOnAWeekendOrHoliday_Is()
    {
        var calendar = new BusinessCalendar("x", "1", new(2026, 5, 1), new(2026, 5, 31), [DayOfWeek.Saturday, DayOfWeek.Sunday], [new(2026, 5, 1), new(2026, 5, 16)], [new(2026, 5, 9)]);
        Assert.Equal([null, false, false, true, true], new[] { new DateOnly(2026, 4, 30), new(2026, 5, 1), new(2026, 5, 2), new(2026, 5, 9), new(2026, 5, 29) }.Select(calendar.IsBusinessDay));
        var open = calendar.WithSaturdays();
        // A Saturday that is a holiday stays closed.
        Assert.Equal([true, false, false, null], new[] { new DateOnly(2026, 5, 2), new(2026, 5, 3), new(2026, 5, 16), new(2026, 6, 1) }.Select(open.IsBusinessDay));
    }

    [Fact]
    public void DueAfterBusinessDays_PauseIntoDaysThatAreNotCovered_IsNotKnown()
    {
        var (calendar, day) = (new BusinessCalendar("x", "1", new(2026, 3, 1), new(2026, 4, 10), [], [], []), new DateOnly(2026, 3, 27));
        var pause = new ClockPause(Start, Start.AddDays(30), "req-1");
        var days = new BusinessDays(() => calendar);
        Assert.Null(ClaimClock.DueAfterBusinessDays(day, 5, [pause], null, Berlin, days));
        Assert.False(days.IsCovered);
        // But a stop that is covered holds, however long the pause was.
        Assert.Equal(new DateOnly(2026, 4, 5), ClaimClock.DueAfterBusinessDays(day, 5, [pause], new DateOnly(2026, 4, 5), Berlin, new BusinessDays(() => calendar)));
    }

    private static ClockPause PauseOf((int From, int Length, bool HasRequest) pause, int minutes) => new(Start.AddMinutes(pause.From * minutes),
        pause.Length < 0 ? null : Start.AddMinutes((pause.From + pause.Length) * minutes), pause.HasRequest ? "req-1" : null);

    private static BusinessCalendar CalendarOf(int seed, int days)
    {
        var (random, from) = (new Random(seed), new DateOnly(2026, 3, 1));
        var all = Enumerable.Range(0, days + 1).Select(from.AddDays).ToList();
        return new BusinessCalendar("x", "1", from, from.AddDays(days), seed % 7 == 0 ? [] : [DayOfWeek.Saturday, DayOfWeek.Sunday],
            all.Where(_ => random.Next(8) == 0).ToList(), all.Where(_ => random.Next(15) == 0).ToList());
    }
}
