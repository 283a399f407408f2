using PaymentGuard.Notifications;

namespace PaymentGuard.Tests.Notifications;

public sealed class NoticesTests
{
    [Fact]
    public void All_Guide_HasEachTextInBothLanguages()
    {
        Assert.Equal([Notices.NotMe, Notices.NeverShareCodes, Notices.HowYouAreProtected, Notices.AccountFrozen], Notices.All.Select(notice => notice.Id));
        foreach (var notice in Notices.All)
        {
            Assert.True(IsChinese(notice.Title.Zh) && IsChinese(notice.Text.Zh), notice.Id);
            Assert.False(IsChinese(notice.Title.En) || IsChinese(notice.Text.En), notice.Id);
            Assert.Equal(notice.Text.Zh.Split('\n').Length, notice.Text.En.Split('\n').Length);
        }
    }

    [Fact]
    public void Find_NamedBesideAnswers_Exists()
    {
        foreach (var id in Notices.OfChallenge.Concat(Notices.OfFreeze)) Assert.NotNull(Notices.Find(id));
        Assert.Null(Notices.Find("NOT_ME"));
    }

    private static bool IsChinese(string text) => text.Any(letter => letter is >= '\u4e00' and <= '\u9fff');
}
