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

-- Mistakes and stolen credentials of the service change nothing here. Who owns the tables can switch this off; then the links tell.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the audit chain only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number > OLD.number AND EXISTS (SELECT FROM audit_entries WHERE number = NEW.number AND link = NEW.link) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'UPDATE of audit_head is refused: it moves on to an entry that was appended' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_entries_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_final BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on();
-- Also for sessions that replay a replication stream.
ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_final;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_final;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_moves_on;
