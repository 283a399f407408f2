using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>An account as checkout told it with a payment.</summary>
internal static class ToldAccount
{
    private const string RequestSql = "SELECT request FROM assessments WHERE id = $1";

    public static async Task<AccountFacts> Of(NpgsqlConnection connection, DataKeys keys, Guid assessmentId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(RequestSql, connection) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = assessmentId } } };
        var request = (byte[])(await command.ExecuteScalarAsync(ct))!;
        return PaymentJson.ReadStored(keys.Decrypt(request, AssessmentRow.RequestPlace(assessmentId))).Account;
    }
}
