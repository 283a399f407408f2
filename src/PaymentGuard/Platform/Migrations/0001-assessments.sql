-- One row per payment: the first that commits is the decision, for ever. Rows are inserted and never changed, but for velocity_applied.
CREATE TABLE assessments (
    id               uuid PRIMARY KEY,               -- version 7, so that new rows lie side by side
    payment_id       text COLLATE "C" NOT NULL UNIQUE,
    content_hash     bytea NOT NULL,                 -- SHA-256 over every value of the attempt but its deadline
    account_id       text COLLATE "C" NOT NULL,
    merchant_id      text COLLATE "C",
    amount_minor     bigint NOT NULL,
    currency         text COLLATE "C" NOT NULL,
    occurred_at      timestamptz NOT NULL,
    decided_at       timestamptz NOT NULL,
    decision         text COLLATE "C" NOT NULL CHECK (decision IN ('approve', 'challenge', 'review', 'decline')),
    score            integer NOT NULL,
    rule_set         text COLLATE "C" NOT NULL,
    origin           text COLLATE "C" NOT NULL CHECK (origin IN ('http', 'kafka')),
    request          bytea NOT NULL,                 -- the attempt as JSON, encrypted for assessments.request:id
    signals          bytea NOT NULL,                 -- the velocities as served
    answer           bytea NOT NULL,                 -- the answer's JSON, recorded true
    velocity_applied boolean NOT NULL,               -- false: the attempt may be missing in some velocity log
    xid              xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- The outbox reads in this order, up to the oldest transaction that is still open.
CREATE INDEX assessments_outbox ON assessments (xid, id);
CREATE INDEX assessments_velocity_missing ON assessments (id) WHERE NOT velocity_applied;

-- Each rule set that ever decided, so that an old assessment can be explained by the rules of its time.
CREATE TABLE rule_sets (
    hash          text COLLATE "C" PRIMARY KEY,
    files         jsonb NOT NULL,                    -- path in the folder: text
    first_used_at timestamptz NOT NULL DEFAULT now()
);
