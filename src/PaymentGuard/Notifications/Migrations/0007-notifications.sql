-- Messages to buyers, stored with what they tell of and sent afterwards.
CREATE TABLE notifications (
    id         uuid PRIMARY KEY,                     -- version 7
    account_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,                          -- not sent any more after it
    body       bytea NOT NULL,                       -- addresses and facts as JSON, encrypted for notifications.body:id; emptied once sent
    attempts   integer NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    sent_at    timestamptz
);
CREATE INDEX notifications_due ON notifications (next_at) WHERE sent_at IS NULL;
CREATE INDEX notifications_account ON notifications (account_id, created_at);
