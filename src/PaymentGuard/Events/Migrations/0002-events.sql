-- Events about payments and accounts, kept for rebuilds and backtests. payment.attempted is not here: the assessments hold the attempts.
CREATE TABLE events (
    source        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    type          text COLLATE "C" NOT NULL,
    time          timestamptz NOT NULL,     -- when it happened, as the event says; microseconds
    received_at   timestamptz NOT NULL,
    payment_id    text COLLATE "C",         -- of outcomes
    account_id    text COLLATE "C",         -- of account events
    content_hash  bytea NOT NULL,           -- of type, time and data as parsed: the same event again, or another one under its name?
    body          bytea NOT NULL,           -- the CloudEvent as JSON, encrypted for events.body:source id
    -- Of outcomes that contradict each other the latest time wins, then the larger id. Velocity records have milliseconds and no id, so
    -- the order within one millisecond is settled here, once: the larger rank wins. Null: it lost against one that came before it, and
    -- no log ever gets it.
    outcome_group smallint,                 -- 1 issuer's answer, 2 fraud label, 3 chargeback; null: nothing it could contradict
    time_ms       bigint NOT NULL,          -- time in whole milliseconds since 1970, as in velocity records
    tie_rank      integer,
    waiting       boolean NOT NULL,         -- an outcome before its attempt, or an event that a process is just applying: no log misses it
    applied       boolean NOT NULL,         -- every velocity log that it concerns has it; if neither, repair is due
    PRIMARY KEY (source, id)
);

-- When two processes rank outcomes of one payment and millisecond at once, the second finds the rank taken and ranks again.
CREATE UNIQUE INDEX events_tie_rank ON events (payment_id, outcome_group, time_ms, tie_rank) WHERE tie_rank IS NOT NULL;
CREATE INDEX events_waiting ON events (payment_id) WHERE waiting;
CREATE INDEX events_not_applied ON events (received_at) WHERE NOT applied AND NOT waiting;
CREATE INDEX events_payment ON events (payment_id, time) WHERE payment_id IS NOT NULL;
CREATE INDEX events_account ON events (account_id, time) WHERE account_id IS NOT NULL;

-- How far the assessments have been published, in the order of (xid, id).
CREATE TABLE outbox_watermark (
    topic text COLLATE "C" PRIMARY KEY,
    xid   xid8 NOT NULL,
    id    uuid NOT NULL
);
INSERT INTO outbox_watermark VALUES ('risk.decisions', '0', '00000000-0000-0000-0000-000000000000');
