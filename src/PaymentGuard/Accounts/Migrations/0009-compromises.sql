-- When an account was in other hands. The payments that occurred inside are listed for claims.
CREATE TABLE compromises (
    id            uuid PRIMARY KEY,                  -- version 7
    account_id    text COLLATE "C" NOT NULL,
    began_at      timestamptz NOT NULL,
    frozen_at     timestamptz NOT NULL,              -- nothing passed after it
    ended_at      timestamptz,                       -- null: not recovered yet; else frozen_at
    opened_by     text COLLATE "C" NOT NULL,         -- as an audit entry's actor
    reason        bytea NOT NULL,                    -- what the one who froze wrote, encrypted for compromises.reason:id
    assessment_id uuid,                              -- frozen by a rule: the assessment that demanded it
    closed_at     timestamptz,
    closed_by     text COLLATE "C",
    CHECK ((ended_at IS NULL) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)),
    CHECK (began_at <= frozen_at)
);
CREATE INDEX compromises_account ON compromises (account_id, id);
CREATE UNIQUE INDEX compromises_open ON compromises (account_id) WHERE ended_at IS NULL;

-- Assessments whose demand to freeze was met: each once, also when its account was frozen already or has been recovered since.
CREATE TABLE rule_freezes (
    assessment_id uuid PRIMARY KEY
);
CREATE INDEX assessments_freeze_xid ON assessments (xid) WHERE freeze_rule IS NOT NULL;

-- An account is given back when its owner proves himself, or when one member of staff asks for it and another one approves.
CREATE TABLE recoveries (
    id            uuid PRIMARY KEY,                  -- version 7
    account_id    text COLLATE "C" NOT NULL,
    compromise_id uuid,                              -- that it ended; null while not done, and when the account was not frozen but its factors disabled
    requested_at  timestamptz NOT NULL,
    requested_by  text COLLATE "C" NOT NULL,
    reason        bytea NOT NULL,                    -- encrypted for recoveries.reason:id
    state         text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'superseded')),
    decided_at    timestamptz,
    decided_by    text COLLATE "C",
    challenge_id  uuid UNIQUE,                       -- whose proof it was done with; null: by staff
    factors_removed integer,                         -- those added since the compromise began
    codes_removed integer,
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK (decided_by <> requested_by OR challenge_id IS NOT NULL OR state = 'superseded')
);
CREATE INDEX recoveries_account ON recoveries (account_id, id);
CREATE UNIQUE INDEX recoveries_pending ON recoveries (account_id) WHERE state = 'pending';

-- Which transaction froze or unfroze the account last: whoever keeps the frozen ones in memory reads what changed since he looked.
ALTER TABLE accounts ADD COLUMN freeze_xid xid8;
CREATE INDEX accounts_freeze_xid ON accounts (freeze_xid) WHERE freeze_xid IS NOT NULL;

CREATE FUNCTION note_freeze() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.freeze_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_note_freeze BEFORE UPDATE ON accounts
    FOR EACH ROW WHEN (OLD.frozen_at IS DISTINCT FROM NEW.frozen_at) EXECUTE FUNCTION note_freeze();
CREATE TRIGGER accounts_note_first_freeze BEFORE INSERT ON accounts
    FOR EACH ROW WHEN (NEW.frozen_at IS NOT NULL) EXECUTE FUNCTION note_freeze();
