-- One row for each account that has anything to protect. Whoever changes anything of an account (factors, challenges, lock, freeze) locks its
-- row first, several in the order of their ids: so all that concerns one account happens one after the other.
CREATE TABLE accounts (
    id             text COLLATE "C" PRIMARY KEY,
    failures       integer NOT NULL DEFAULT 0,               -- refused answers in a row
    failed_at      timestamptz[] NOT NULL DEFAULT '{}',      -- of the last 100 refused answers, oldest first
    lock_seconds   integer NOT NULL DEFAULT 0,               -- length of the last lock; 0: none since the last redeemed proof
    locked_until   timestamptz,
    disabled_at    timestamptz,                              -- 100 failures in 30 days: no factor counts until recovery
    codes_sent_at  timestamptz[] NOT NULL DEFAULT '{}',      -- of the last 15 codes sent, oldest first
    frozen_at      timestamptz,                              -- null: not frozen
    last_frozen_at timestamptz                               -- challenges opened before it are dead
);
CREATE INDEX accounts_frozen ON accounts (id) WHERE frozen_at IS NOT NULL;
