using System.Diagnostics;
using Microsoft.Extensions.Logging;
using PaymentGuard.Platform;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RuleSetFolderTests : IDisposable
{
    /// <summary>Two seconds are promised; a busy machine may take longer, which is no defect.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly Recorder log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Follow_RuleChangesListChangesRuleGoes_EachIsInForce()
    {
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "hour > 3"));
        using var rules = await Started();
        var first = rules.Current;
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "hour > 4"));
        Assert.True(await Within(Patience, () => rules.Current.Hash != first.Hash));
        folder.Write("lists/bad.csv", "value\nDE\n");
        folder.Write("b.yaml", RuleTexts.Rule("b", "decline", "card_country in @bad"));
        Assert.True(await Within(Patience, () => rules.Current.Rules.Count == 2));
        File.Delete(Path.Combine(folder.Path, "a.yaml"));
        Assert.True(await Within(Patience, () => rules.Current.Rules is [{ Id: "b" }]));
        await rules.StopAsync(default);
    }

    [Fact]
    public async Task Follow_SetDoesNotCompile_LastGoodOneStaysAndAnAlarmIsRaised()
    {
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "hour > 3"));
        using var rules = await Started();
        var good = rules.Current;
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "huor > 3"));
        Assert.True(await Within(Patience, () => rules.IsStale));
        Assert.Same(good, rules.Current);
        Assert.Contains(log.Lines, line => line.Level == LogLevel.Critical && line.Text.Contains("a.yaml:3:7", StringComparison.Ordinal));
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "hour > 5"));
        Assert.True(await Within(Patience, () => !rules.IsStale && rules.Current != good));
        await rules.StopAsync(default);
    }

    [Fact]
    public async Task Follow_LinkIsSwapped_TheNewFilesAreInForce()
    {
        folder.Write("v1/a.yaml", RuleTexts.Rule("a", "decline", "hour > 3"));
        folder.Write("v2/a.yaml", RuleTexts.Rule("a", "decline", "hour > 4"));
        var link = Path.Combine(folder.Path, "now");
        Directory.CreateSymbolicLink(link, Path.Combine(folder.Path, "v1"));
        using var rules = new RuleSetFolder(link, null, null, TimeProvider.System, log);
        await rules.StartAsync(default);
        var first = rules.Current.Hash;
        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, Path.Combine(folder.Path, "v2"));
        Assert.True(await Within(Patience, () => rules.Current.Hash != first));
        await rules.StopAsync(default);
    }

    [Fact]
    public async Task Start_RulesHaveErrors_ProcessIsToldAllOfThem()
    {
        folder.Write("a.yaml", "id: a\naction: blok\nwhen: huor > 3\nmode: live\n");
        using var rules = new RuleSetFolder(folder.Path, null, null, TimeProvider.System, log);
        var refused = await Assert.ThrowsAsync<SettingException>(() => rules.StartAsync(default));
        Assert.Contains("a.yaml:2:9", refused.Message, StringComparison.Ordinal);
        Assert.Contains("a.yaml:3:7", refused.Message, StringComparison.Ordinal);
    }

    private async Task<RuleSetFolder> Started()
    {
        var rules = new RuleSetFolder(folder.Path, null, null, TimeProvider.System, log);
        await rules.StartAsync(default);
        return rules;
    }

    private static async Task<bool> Within(TimeSpan limit, Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < limit; await Task.Delay(20))
            if (condition()) return true;
        return condition();
    }

    private sealed class Recorder : ILogger<RuleSetFolder>
    {
        private readonly List<(LogLevel Level, string Text)> lines = [];

        public IReadOnlyList<(LogLevel Level, string Text)> Lines
        {
            get { lock (lines) return [.. lines]; }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add((logLevel, formatter(state, exception)));
        }
    }
}
