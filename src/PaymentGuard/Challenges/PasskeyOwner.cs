using Microsoft.AspNetCore.Identity;

namespace PaymentGuard.Challenges;

/// <param name="Handle">What authenticators know the account by.</param>
internal sealed record PasskeyOwner(string Handle, IReadOnlyList<PasskeyCredential> Credentials);

/// <summary>
/// The one account that a passkey is checked for, in the form that the framework's handler asks for it. It holds what the caller has read and keeps nothing,
/// so a credential of another account is not found.
/// </summary>
internal sealed class PasskeyOwnerStore(PasskeyOwner owner) : IUserPasskeyStore<PasskeyOwner>
{
    public void Dispose() { }

    public Task<string> GetUserIdAsync(PasskeyOwner user, CancellationToken ct) => Task.FromResult(user.Handle);

    public Task<PasskeyOwner?> FindByIdAsync(string userId, CancellationToken ct) => Task.FromResult(userId == owner.Handle ? owner : null);

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(PasskeyOwner user, CancellationToken ct) =>
        Task.FromResult<IList<UserPasskeyInfo>>([.. user.Credentials.Select(Info)]);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(PasskeyOwner user, byte[] credentialId, CancellationToken ct) =>
        Task.FromResult(user.Credentials.Where(credential => credential.Id.AsSpan().SequenceEqual(credentialId)).Select(Info).FirstOrDefault());

    public async Task<PasskeyOwner?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken ct) =>
        await FindPasskeyAsync(owner, credentialId, ct) is null ? null : owner;

    // The handler reads no more than the above.
    Task IUserPasskeyStore<PasskeyOwner>.AddOrUpdatePasskeyAsync(PasskeyOwner user, UserPasskeyInfo passkey, CancellationToken ct) => throw new NotSupportedException();
    Task IUserPasskeyStore<PasskeyOwner>.RemovePasskeyAsync(PasskeyOwner user, byte[] credentialId, CancellationToken ct) => throw new NotSupportedException();
    Task<string?> IUserStore<PasskeyOwner>.GetUserNameAsync(PasskeyOwner user, CancellationToken ct) => throw new NotSupportedException();
    Task IUserStore<PasskeyOwner>.SetUserNameAsync(PasskeyOwner user, string? name, CancellationToken ct) => throw new NotSupportedException();
    Task<string?> IUserStore<PasskeyOwner>.GetNormalizedUserNameAsync(PasskeyOwner user, CancellationToken ct) => throw new NotSupportedException();
    Task IUserStore<PasskeyOwner>.SetNormalizedUserNameAsync(PasskeyOwner user, string? name, CancellationToken ct) => throw new NotSupportedException();
    Task<IdentityResult> IUserStore<PasskeyOwner>.CreateAsync(PasskeyOwner user, CancellationToken ct) => throw new NotSupportedException();
    Task<IdentityResult> IUserStore<PasskeyOwner>.UpdateAsync(PasskeyOwner user, CancellationToken ct) => throw new NotSupportedException();
    Task<IdentityResult> IUserStore<PasskeyOwner>.DeleteAsync(PasskeyOwner user, CancellationToken ct) => throw new NotSupportedException();
    Task<PasskeyOwner?> IUserStore<PasskeyOwner>.FindByNameAsync(string name, CancellationToken ct) => throw new NotSupportedException();

    private static UserPasskeyInfo Info(PasskeyCredential credential) => new(
        credential.Id, credential.PublicKey, DateTimeOffset.UnixEpoch, (uint)credential.SignCount, credential.Transports, isUserVerified: true,
        credential.IsBackupEligible, isBackedUp: false, attestationObject: [], clientDataJson: []);
}
