using System.Globalization;

namespace PaymentGuard.Domain.Sca;

/// <summary>A calendar quarter, written <c>2026-Q1</c>. The law's "rolling quarterly basis (90 days)" may follow the calendar (EBA Q&amp;A 2018_4045).</summary>
/// <param name="Year">1 to 9999.</param>
/// <param name="Number">1 to 4.</param>
public readonly record struct Quarter(int Year, int Number) : IComparable<Quarter>
{
    /// <summary>The quarter that the instant's day lies in, where it is the zone's day.</summary>
    public static Quarter Of(DateTimeOffset at, TimeZoneInfo zone)
    {
        var day = TimeZoneInfo.ConvertTime(at, zone);
        return new Quarter(day.Year, ((day.Month - 1) / 3) + 1);
    }

    public static bool TryParse(string text, out Quarter quarter)
    {
        quarter = default;
        if (text.Length != 7 || text[4] != '-' || text[5] != 'Q' || text[6] is < '1' or > '4') return false;
        if (!int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year == 0) return false;
        quarter = new Quarter(year, text[6] - '0');
        return true;
    }

    public Quarter Previous => Number > 1 ? this with { Number = Number - 1 } : new Quarter(Year - 1, 4);

    public Quarter Next => Number < 4 ? this with { Number = Number + 1 } : new Quarter(Year + 1, 1);

    /// <summary>Its first moment, UTC.</summary>
    public DateTimeOffset Start => new(Year, ((Number - 1) * 3) + 1, 1, 0, 0, 0, TimeSpan.Zero);

    public bool Follows(Quarter earlier) => Ordinal == earlier.Ordinal + 1;

    public int CompareTo(Quarter other) => Ordinal.CompareTo(other.Ordinal);

    public override string ToString() => $"{Year:D4}-Q{Number}";

    private int Ordinal => (Year * 4) + Number;
}
