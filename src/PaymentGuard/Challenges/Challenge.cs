using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Challenges;

/// <summary>How far a challenge has come; spelled in small letters in the database and in answers.</summary>
internal enum ChallengeState
{
    Open = 1,
    /// <summary>A proof was given.</summary>
    Answered,
    /// <summary>The act it was for was allowed.</summary>
    Redeemed,
    /// <summary>Never again: the payment was changed, or the account was frozen.</summary>
    Dead,
    /// <summary>It expired without a redeemed proof.</summary>
    Abandoned,
}

/// <summary>A demand to prove who one is, bound to an act.</summary>
/// <param name="FactorsBefore">Only factors confirmed before it count.</param>
/// <param name="Method">That it was answered with, one of <see cref="Methods"/>.</param>
/// <param name="Sca">Whether that was strong customer authentication; null while not answered.</param>
/// <param name="RedeemKey">The Idempotency-Key of the redeeming request; empty: it had none.</param>
/// <param name="PasskeyNonce">Of the options given last.</param>
/// <param name="SentCodeHash">Of the code sent last; null: none, or it was used.</param>
internal sealed record Challenge(
    Guid Id, string AccountId, Guid? AssessmentId, Act Act, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset FactorsBefore, ChallengeState State,
    string? Method, bool? Sca, Guid? FactorId, DateTimeOffset? AnsweredAt, Guid? ProofId, DateTimeOffset? ProofExpiresAt, DateTimeOffset? RedeemedAt,
    string? RedeemKey, byte[]? PasskeyNonce, DateTimeOffset? PasskeyExpiresAt, byte[]? SentCodeHash, DateTimeOffset? SentCodeExpiresAt, string? SentCodeMethod)
{
    /// <summary>To be followed by a condition on <c>c</c>.</summary>
    public const string SelectSql = """
        SELECT c.id, c.account_id, c.assessment_id, c.created_at, c.expires_at, c.factors_before, c.state, c.method, c.sca, c.factor_id, c.answered_at, c.proof_id,
               c.proof_expires_at, c.redeemed_at, c.redeem_key, c.passkey_nonce, c.passkey_expires_at, c.sent_code_hash, c.sent_code_expires_at, c.sent_code_method,
               c.action, c.parameters, a.payment_id, a.amount_minor, a.currency, a.merchant_id
        FROM challenges c LEFT JOIN assessments a ON a.id = c.assessment_id
        """;

    /// <summary>The hash of what it is bound to. The terms of a payment are read anew from its assessment each time, so that any change of them shows.</summary>
    public byte[] ActHash { get; } = Act.Hash(AccountId);

    public bool IsRecovery => Act is Act.OfAccount { Action: AccountActions.RecoverAccount };

    public bool IsOpenAt(DateTimeOffset now) => State == ChallengeState.Open && now < ExpiresAt;

    /// <summary>Whether an answer can be accepted: it is open, was not overtaken by a freeze, and the account is neither frozen nor locked.</summary>
    public bool MayBeAnswered(AccountState account, DateTimeOffset now) =>
        IsOpenAt(now) && !account.Lock.IsClosedAt(now) && (IsRecovery || !account.IsFrozen && !(CreatedAt <= account.LastFrozenAt));

    /// <summary>The state as it is at a time: one that has expired unused is abandoned, whether that is stored already or not.</summary>
    public ChallengeState StateAt(DateTimeOffset now) => State switch
    {
        ChallengeState.Open when now >= ExpiresAt => ChallengeState.Abandoned,
        ChallengeState.Answered when now >= ProofExpiresAt => ChallengeState.Abandoned,
        _ => State,
    };

    public static string Name(ChallengeState state) => state.ToString().ToLowerInvariant();

    /// <summary>Reads what <see cref="SelectSql"/> selects.</summary>
    public static Challenge Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), Nullable<Guid>(reader, 2), ReadAct(reader), reader.GetFieldValue<DateTimeOffset>(3),
        reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<DateTimeOffset>(5), Enum.Parse<ChallengeState>(reader.GetString(6), ignoreCase: true),
        Text(reader, 7), Nullable<bool>(reader, 8), Nullable<Guid>(reader, 9), Nullable<DateTimeOffset>(reader, 10), Nullable<Guid>(reader, 11),
        Nullable<DateTimeOffset>(reader, 12), Nullable<DateTimeOffset>(reader, 13), Text(reader, 14), Bytes(reader, 15), Nullable<DateTimeOffset>(reader, 16),
        Bytes(reader, 17), Nullable<DateTimeOffset>(reader, 18), Text(reader, 19));

    private static Act ReadAct(NpgsqlDataReader reader) => Text(reader, 20) is { } action
        ? Act.OfAccount.Stored(action, reader.GetString(21))
        : new Act.Payment(reader.GetString(22), new Money(reader.GetInt64(23), reader.GetString(24)), Text(reader, 25));

    private static T? Nullable<T>(NpgsqlDataReader reader, int column) where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static byte[]? Bytes(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<byte[]>(column);
}
