-- Who did what, when, to whose account. Each entry's link is an HMAC over all of its columns and the link before it, under a key that the database never sees.
CREATE TABLE audit_entries (
    number     bigint PRIMARY KEY,              -- 1, 2, 3 … without a gap
    at         timestamptz NOT NULL,
    actor      text COLLATE "C" NOT NULL,       -- the token's subject, buyer:account, rule:id or policy
    action     text COLLATE "C" NOT NULL,       -- such as challenge.refused, factor.added, account.frozen
    account_id text COLLATE "C",
    object     text COLLATE "C" NOT NULL,       -- id of what it was done to
    details    text NOT NULL,                   -- JSON without secrets and personal data
    trace_id   text COLLATE "C" NOT NULL,
    link       bytea NOT NULL
);
CREATE INDEX audit_entries_account ON audit_entries (account_id, number) WHERE account_id IS NOT NULL;

-- The last entry. Whoever appends locks this row, last in his transaction.
CREATE TABLE audit_head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    link   bytea NOT NULL
);
INSERT INTO audit_head (number, link) VALUES (0, ''::bytea);
