-- What proves a buyer. A factor counts once it is confirmed.
CREATE TABLE factors (
    id             uuid PRIMARY KEY,                 -- version 7
    account_id     text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL CHECK (kind IN ('totp', 'passkey', 'email', 'sms')),
    created_at     timestamptz NOT NULL,
    confirmed_at   timestamptz,
    last_used_at   timestamptz,
    secret         bytea NOT NULL,                   -- seed, public key or address, of a passkey not yet made its challenge; encrypted for factors.secret:id
    pending_until  timestamptz,                      -- until when it may be confirmed
    code_hash      bytea,                            -- keyed hash of the code sent to confirm an address
    lookup         bytea UNIQUE,                     -- of passkeys: keyed hash of the credential id
    totp_algorithm smallint,
    totp_digits    smallint,
    totp_last_step bigint,                           -- the latest step accepted: only later ones are
    totp_drift     smallint NOT NULL DEFAULT 0,      -- steps that the buyer's clock is ahead, learnt
    totp_drift_run smallint NOT NULL DEFAULT 0,      -- how many codes in a row were off to the same side
    sign_count     bigint NOT NULL DEFAULT 0         -- of passkeys
);
CREATE INDEX factors_account ON factors (account_id);

CREATE TABLE recovery_codes (
    hash       bytea PRIMARY KEY,                    -- keyed hash of account and code
    account_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX recovery_codes_account ON recovery_codes (account_id);

-- A demand to prove who one is, bound to a payment or to another act.
CREATE TABLE challenges (
    id                  uuid PRIMARY KEY,
    account_id          text COLLATE "C" NOT NULL,
    assessment_id       uuid,                        -- of payments: amount, currency and payee are the assessment's
    action              text COLLATE "C",            -- of other acts
    parameters          text,                        -- of other acts: JSON with sorted names; ids only
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    factors_before      timestamptz NOT NULL,        -- only factors confirmed before it count: who has the session must not add one for the occasion
    state               text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'redeemed', 'dead', 'abandoned')),
    method              text COLLATE "C",            -- that it was answered with
    sca                 boolean,                     -- whether that was strong customer authentication
    factor_id           uuid,
    answered_at         timestamptz,
    proof_id            uuid,                        -- the proof's jti
    proof_expires_at    timestamptz,
    redeemed_at         timestamptz,
    redeem_key          text COLLATE "C",            -- the Idempotency-Key; empty: none was sent
    passkey_nonce       bytea,
    passkey_expires_at  timestamptz,
    sent_code_hash      bytea,
    sent_code_expires_at timestamptz,
    sent_code_method    text COLLATE "C",
    CHECK ((assessment_id IS NULL) <> (action IS NULL))
);
CREATE INDEX challenges_account ON challenges (account_id, created_at);
CREATE INDEX challenges_assessment ON challenges (assessment_id) WHERE assessment_id IS NOT NULL;
CREATE INDEX challenges_open ON challenges (least(expires_at, proof_expires_at)) WHERE state IN ('open', 'answered');

ALTER TABLE assessments
    ADD COLUMN challenge_id         uuid,            -- null: the answer carries no challenge
    ADD COLUMN challenge_expires_at timestamptz,
    ADD COLUMN freeze_rule          text COLLATE "C"; -- the rule that demands to freeze the account
CREATE INDEX assessments_account ON assessments (account_id, id);
CREATE INDEX assessments_freeze ON assessments (id) WHERE freeze_rule IS NOT NULL;

-- A challenge is stored with its assessment or not at all, by whichever way the assessment comes.
CREATE FUNCTION open_challenge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts (id) VALUES (NEW.account_id) ON CONFLICT DO NOTHING;
    INSERT INTO challenges (id, account_id, assessment_id, created_at, expires_at, factors_before)
    VALUES (NEW.challenge_id, NEW.account_id, NEW.id, NEW.decided_at, NEW.challenge_expires_at, NEW.decided_at);
    RETURN NULL;
END $$;
CREATE TRIGGER assessments_open_challenge AFTER INSERT ON assessments
    FOR EACH ROW WHEN (NEW.challenge_id IS NOT NULL) EXECUTE FUNCTION open_challenge();
