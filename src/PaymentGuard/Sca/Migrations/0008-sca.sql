-- Strong customer authentication as data.
ALTER TABLE assessments
    ADD COLUMN sca               text COLLATE "C",   -- null: checkout did not ask; required, or the exemption
    ADD COLUMN sca_series        text COLLATE "C",   -- the series that the payment belongs to
    ADD COLUMN instrument        text COLLATE "C",   -- card, credit_transfer; null: in no fraud rate
    ADD COLUMN value_minor       bigint,             -- in EUR cents by the rate of the payment's day; null: there was no rate
    -- What the exemption of low value was held against when it was recorded; null: not exempt for it, or answered before PostgreSQL had it.
    ADD COLUMN low_value_counter text COLLATE "C" CHECK (low_value_counter IN ('count', 'amount')),
    ADD COLUMN low_value_max     bigint CHECK ((low_value_counter IS NULL) = (low_value_max IS NULL));

CREATE INDEX assessments_sca ON assessments (account_id, decided_at) WHERE sca IS NOT NULL;
CREATE INDEX assessments_series ON assessments (account_id, sca_series) WHERE sca_series IS NOT NULL;
-- All that the fraud rate needs of most payments, so that a quarter is summed up without reading its rows.
CREATE INDEX assessments_fraud_rate ON assessments (occurred_at) INCLUDE (instrument, value_minor, payment_id) WHERE decision = 'approve' AND instrument IS NOT NULL;
CREATE INDEX challenges_redeemed ON challenges (redeemed_at) INCLUDE (assessment_id) WHERE state = 'redeemed' AND assessment_id IS NOT NULL;
CREATE INDEX challenges_redeemed_sca ON challenges (account_id, redeemed_at) WHERE state = 'redeemed' AND sca;
CREATE INDEX events_declined ON events (payment_id) INCLUDE (time_ms, tie_rank) WHERE type = 'payment.declined' AND tie_rank IS NOT NULL;
CREATE INDEX events_fraud ON events (payment_id) INCLUDE (time_ms, tie_rank) WHERE type = 'payment.fraud_reported' AND tie_rank IS NOT NULL;

-- Of the outcomes of one group about one payment the one of the latest time counts, then of the larger rank, see events.outcome_group. Each payment once.
CREATE VIEW declined_payments AS
SELECT d.payment_id FROM events d
WHERE d.type = 'payment.declined' AND d.tie_rank IS NOT NULL AND NOT EXISTS (
    SELECT FROM events later
    WHERE later.payment_id = d.payment_id AND later.outcome_group = 1 AND later.tie_rank IS NOT NULL AND (later.time_ms, later.tie_rank) > (d.time_ms, d.tie_rank));
CREATE VIEW fraudulent_payments AS
SELECT f.payment_id FROM events f
WHERE f.type = 'payment.fraud_reported' AND f.tie_rank IS NOT NULL AND NOT EXISTS (
    SELECT FROM events later
    WHERE later.payment_id = f.payment_id AND later.outcome_group = 2 AND later.tie_rank IS NOT NULL AND (later.time_ms, later.tie_rank) > (f.time_ms, f.tie_rank));

-- The remote payments that the payer made since the account's last strong authentication: approved, or redeemed with a weaker proof, and not declined.
-- The sum is of those in the one currency. Its plan is kept, and one made while the table was empty must not read all of it later.
CREATE FUNCTION sca_totals(of_account text, in_currency text, OUT payments bigint, OUT sum_minor bigint) LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
    SELECT count(*), coalesce(sum(a.amount_minor) FILTER (WHERE a.currency = in_currency), 0)::bigint INTO payments, sum_minor
    FROM assessments a
    WHERE a.account_id = of_account AND a.sca IS NOT NULL AND a.sca <> 'merchant_initiated'
      AND a.decided_at > coalesce((SELECT max(c.redeemed_at) FROM challenges c WHERE c.account_id = of_account AND c.state = 'redeemed' AND c.sca), '-infinity')
      AND (a.decision = 'approve' OR EXISTS (SELECT FROM challenges c WHERE c.assessment_id = a.id AND c.state = 'redeemed'))
      AND NOT EXISTS (SELECT FROM declined_payments d WHERE d.payment_id = a.payment_id);
END $$;

-- What a decision read may have changed since: the counter is asked again in the statement that records. Who inserts holds the account's advisory lock,
-- and the query has a snapshot of its own, so it sees what others committed before and what this statement inserted already.
CREATE FUNCTION keep_low_value_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT payments, sum_minor INTO before FROM sca_totals(NEW.account_id, NEW.currency);
    IF NEW.low_value_counter = 'count' AND before.payments > NEW.low_value_max THEN RETURN NULL; END IF;
    IF NEW.low_value_counter = 'amount' AND before.sum_minor > NEW.low_value_max THEN RETURN NULL; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assessments_keep_low_value_limit BEFORE INSERT ON assessments
    FOR EACH ROW WHEN (NEW.low_value_max IS NOT NULL) EXECUTE FUNCTION keep_low_value_limit();
