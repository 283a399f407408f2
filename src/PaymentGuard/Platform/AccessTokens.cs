using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PaymentGuard.Platform;

/// <summary>What a token may be good for; every route but those open to all demands one.</summary>
internal static class Scopes
{
    public const string Assess = "risk:assess", Read = "risk:read", WriteEvents = "events:write";

    /// <summary>To have challenges answered and proofs redeemed: checkout and the account page.</summary>
    public const string WriteChallenges = "challenges:write";

    /// <summary>To change a buyer's factors: the account page.</summary>
    public const string WriteFactors = "factors:write";

    /// <summary>To freeze an account: staff, and programs that watch.</summary>
    public const string FreezeAccounts = "accounts:freeze";

    /// <summary>To give an account back to its owner: staff, two of them.</summary>
    public const string RecoverAccounts = "accounts:recover";

    /// <summary>Policy of routes that take either: staff and programs that watch, or the account page, on which the buyer says that it was not him.</summary>
    public const string FreezeAccountsOrWriteFactors = FreezeAccounts + " " + WriteFactors;

    public static readonly IReadOnlyList<string> All = [Assess, Read, WriteEvents, WriteChallenges, WriteFactors, FreezeAccounts, RecoverAccounts];
}

/// <summary>
/// Access tokens: ES256 under pinned keys, with issuer, audience and expiry, checked as RFC 8725 asks. No key is ever fetched, and none
/// that a token brings along is looked at.
/// </summary>
internal static class AccessTokens
{
    public const int LengthMax = 16 * 1024;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // Only what is an access token: an id token or a logout token says so in its type. Many issuers give the general type or none.
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    public static IServiceCollection AddAccessTokens(this IServiceCollection services, Settings settings)
    {
        var keys = PublicKeys(settings.PublicKeyFile);
        var tokens = new TokenCache(TimeProvider.System);
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.IncludeErrorDetails = false;
            options.TokenHandlers.Clear();
            options.TokenHandlers.Add(new JsonWebTokenHandler { MapInboundClaims = false, MaximumTokenSizeInBytes = LengthMax });
            options.TokenValidationParameters = Rules(settings, keys);
            options.Events = new JwtBearerEvents { OnMessageReceived = tokens.Find, OnTokenValidated = tokens.Remember };
        });
        return services.AddAuthorization(AddPolicies);
    }

    /// <summary>Demands a scope of whoever calls the route; of several, separated by spaces, any one.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder route, string scope) where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization(scope);

    /// <summary>Who acts: the token's subject.</summary>
    public static string ActorOf(HttpContext context) => context.User.Identity?.Name ?? "unknown";

    /// <summary>Whether the token of whoever calls is good for this; the route's own demand is made before.</summary>
    public static bool HasScope(HttpContext context, string scope) => HasScope(context.User, scope);

    /// <summary>What a token must fulfil.</summary>
    public static TokenValidationParameters Rules(Settings settings, IEnumerable<SecurityKey> keys) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        TypeValidator = (type, _, _) => string.IsNullOrEmpty(type) || Types.Contains(type, StringComparer.OrdinalIgnoreCase)
            ? type
            : throw new SecurityTokenInvalidTypeException("Not an access token."),
        ValidIssuer = settings.Issuer,
        ValidAudience = settings.Audience,
        IssuerSigningKeys = keys,
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        ClockSkew = ClockSkew,
        NameClaimType = JwtRegisteredClaimNames.Sub,
    };

    /// <summary>The keys of a PEM file. Throws <see cref="SettingException"/> when there is none or one is not on P-256.</summary>
    public static IReadOnlyList<SecurityKey> PublicKeys(string path)
    {
        if (!File.Exists(path)) throw new SettingException($"PAYMENTGUARD_PUBLIC_KEY: the file {path} does not exist.");
        var rest = File.ReadAllText(path).AsSpan();
        var keys = new List<SecurityKey>();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is "PUBLIC KEY") keys.Add(new ECDsaSecurityKey(PublicKey(rest[fields.Location])));
            rest = rest[fields.Location.End..];
        }
        return keys.Count > 0 ? keys : throw new SettingException("PAYMENTGUARD_PUBLIC_KEY: the file holds no public key in PEM.");
    }

    private static ECDsa PublicKey(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value) return key;
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException) { }
        throw new SettingException("PAYMENTGUARD_PUBLIC_KEY: each key must be an EC key on P-256.");
    }

    private static void AddPolicies(AuthorizationOptions options)
    {
        foreach (var demand in (IEnumerable<string>)[.. Scopes.All, Scopes.FreezeAccountsOrWriteFactors])
            options.AddPolicy(demand, Demand(demand.Split(' ')));
        // A route that demands nothing is refused to all. What is no route of ours goes on, to be told 404 or 405.
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser()
            .RequireAssertion(context => context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build();
    }

    private static Action<AuthorizationPolicyBuilder> Demand(string[] scopes) => policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
    {
        foreach (var scope in scopes)
            if (HasScope(context.User, scope)) return true;
        return false;
    });

    private static bool HasScope(ClaimsPrincipal user, string scope)
    {
        foreach (var claim in user.Claims)
        {
            if (claim.Type != "scope") continue;
            foreach (var part in claim.Value.AsSpan().Split(' '))
                if (claim.Value.AsSpan(part).SequenceEqual(scope)) return true;
        }
        return false;
    }
}
