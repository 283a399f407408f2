using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Platform;

namespace PaymentGuard.Rules;

/// <summary>
/// The rule set in force: follows the changes of a folder within two seconds. A changed set is read, compiled and warmed beside the
/// payments, then one reference is swapped. One that does not compile changes nothing: the last good one stays and an alarm is raised
/// (log, and the metric <c>paymentguard.rules.stale</c>). Each set that comes into force is stored by hash, as soon as PostgreSQL takes it.
/// </summary>
/// <param name="ipCountryFile">See <see cref="IpCountries.Load"/>; null: countries of addresses are missing.</param>
/// <param name="store">Null: sets are not stored.</param>
internal sealed partial class RuleSetFolder(
    string folder, string? ipCountryFile, RuleSetStore? store, TimeProvider clock, ILogger<RuleSetFolder> logger) : BackgroundService, IRuleSetSource
{
    /// <summary>Change times are asked for, since notifications get lost on network and container file systems.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan StoreRetryInterval = TimeSpan.FromSeconds(2);

    private readonly Meter meter = new("PaymentGuard.Rules");
    private readonly ReferenceData reference = new(IpCountries.None, ExchangeRates.None);
    private volatile RuleSet? current;
    private volatile bool isStale;
    private string loadedState = "", seenState = "";
    private DateTimeOffset? nextExpiry;
    private RuleSet? unstored;
    private DateTimeOffset storeAgainAt;

    /// <exception cref="InvalidOperationException">The host has not been started.</exception>
    public RuleSet Current => current ?? throw new InvalidOperationException("No rule set is loaded yet.");

    public IReferenceData Reference => reference;

    /// <summary>Whether the folder holds a set that cannot be used, so that an older one is in force.</summary>
    public bool IsStale => isStale;

    /// <summary>Loads the first set before anything is served.</summary>
    /// <exception cref="SettingException">It has errors; the message lists all of them.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        seenState = loadedState = FolderState();
        var load = RuleFiles.Load(folder, clock.GetUtcNow());
        if (load.RuleSet is null)
            throw new SettingException($"PAYMENTGUARD_RULES: the rules in {folder} cannot be used.\n{string.Join('\n', load.Diagnostics)}");
        PutInForce(load, load.RuleSet);
        meter.CreateObservableGauge("paymentguard.rules.stale", () => isStale ? 1 : 0,
            description: "1 while the rules folder cannot be used and an older set is in force");
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(Task.Run(LoadCountries, stoppingToken), FollowFolder(stoppingToken));
    }

    private async Task FollowFolder(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(PollInterval, clock);
        do
        {
            await StoreWhatIsNot(ct);
            FollowChange();
        } while (await timer.WaitForNextTickAsync(ct));
    }

    /// <summary>Loads what changed, once it has stopped changing: half a file is no mistake of its author.</summary>
    private void FollowChange()
    {
        try
        {
            var state = FolderState();
            var isSettled = state == seenState;
            seenState = state;
            if (!isSettled || (state == loadedState && !(nextExpiry <= clock.GetUtcNow()))) return;
            loadedState = state;
            Take(RuleFiles.Load(folder, clock.GetUtcNow()));
        }
        catch (Exception e)     // whatever is wrong with the folder, the set in force has to stay
        {
            Raise(e.ToString());
        }
    }

    private void Take(RuleSetLoad load)
    {
        nextExpiry = load.NextExpiry;
        if (load.RuleSet is { } ruleSet) PutInForce(load, ruleSet);
        else Raise(string.Join('\n', load.Diagnostics));
    }

    private void PutInForce(RuleSetLoad load, RuleSet ruleSet)
    {
        foreach (var warning in load.Diagnostics) Warned(logger, warning.ToString());
        Warm(ruleSet);
        (reference.Rates, nextExpiry) = (load.Rates, load.NextExpiry);
        (current, unstored, isStale) = (ruleSet, ruleSet, false);
        Loaded(logger, ruleSet.Hash, ruleSet.Rules.Count);
    }

    /// <summary>The first evaluation compiles; no payment shall wait for it.</summary>
    private static void Warm(RuleSet ruleSet)
    {
        var nobody = new PaymentAttempt(new PaymentFacts("warm", new Money(0, Currencies.Base)), new AccountFacts("warm"));
        ruleSet.Evaluate(new Signals(ruleSet.Layout.SlotCount), nobody);
    }

    /// <summary>A table of a quarter million ranges takes a while; until it is there, countries of addresses are missing.</summary>
    private void LoadCountries()
    {
        if (ipCountryFile is null) return;
        try
        {
            reference.Countries = IpCountries.Load(ipCountryFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            NoCountries(logger, e.Message);
        }
    }

    private async Task StoreWhatIsNot(CancellationToken ct)
    {
        if (unstored is not { } ruleSet || store is null || clock.GetUtcNow() < storeAgainAt) return;
        try
        {
            await store.Save(ruleSet, ct);
            unstored = null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            storeAgainAt = clock.GetUtcNow() + StoreRetryInterval;
            NotStored(logger, ruleSet.Hash, e.Message);
        }
    }

    private void Raise(string diagnostics)
    {
        Refused(logger, Current.Hash, diagnostics);
        isStale = true;
    }

    /// <summary>Names, sizes and change times of the files; links are followed, since mounted configuration changes by swapping one.</summary>
    private string FolderState() => string.Join('\n', RuleFiles.FilesOf(folder).Select(file =>
    {
        var info = new FileInfo(file.Path);
        var target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
        return target.Exists ? $"{file.Name} {target.FullName} {target.Length} {target.LastWriteTimeUtc.Ticks}" : file.Name;
    }).Order(StringComparer.Ordinal).Prepend(new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder));

    [LoggerMessage(LogLevel.Information, "Rule set {Hash} is in force, {RuleCount} rules")]
    private static partial void Loaded(ILogger logger, string hash, int ruleCount);

    [LoggerMessage(LogLevel.Warning, "Rules: {Diagnostic}")]
    private static partial void Warned(ILogger logger, string diagnostic);

    [LoggerMessage(LogLevel.Critical, "The rules folder cannot be used, rule set {Hash} stays in force:\n{Diagnostics}")]
    private static partial void Refused(ILogger logger, string hash, string diagnostics);

    [LoggerMessage(LogLevel.Warning, "Rule set {Hash} is not stored yet: {Reason}")]
    private static partial void NotStored(ILogger logger, string hash, string reason);

    [LoggerMessage(LogLevel.Error, "Countries of addresses are missing: {Reason}")]
    private static partial void NoCountries(ILogger logger, string reason);
}
