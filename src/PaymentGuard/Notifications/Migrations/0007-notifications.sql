-- What buyers are told, stored with what it tells of and sent afterwards. The rows stay, for the account's timeline.
CREATE TABLE notifications (
    id         uuid PRIMARY KEY,                     -- version 7
    account_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz                           -- when the first of its messages was sent; null: none yet, or none at all
);
CREATE INDEX notifications_account ON notifications (account_id, created_at);

-- One for each address that a notification goes to, and one for the platform itself: each is sent, tried again and given up on its own.
CREATE TABLE notification_messages (
    id              uuid PRIMARY KEY,                -- version 7
    notification_id uuid NOT NULL REFERENCES notifications,
    channel         text COLLATE "C" NOT NULL CHECK (channel IN ('email', 'sms', 'account')),
    body            bytea,                           -- address and facts as JSON, encrypted for notification_messages.body:id; null once sent or given up
    expires_at      timestamptz NOT NULL,            -- not sent any more after it
    attempts        integer NOT NULL DEFAULT 0,
    next_at         timestamptz,                     -- not sent before it; null once sent or given up
    sent_at         timestamptz,                     -- null without a next_at: given up
    CHECK ((body IS NULL) = (next_at IS NULL))
);
CREATE INDEX notification_messages_due ON notification_messages (channel, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notification_messages_expiry ON notification_messages (expires_at) WHERE next_at IS NOT NULL;
CREATE INDEX notification_messages_notification ON notification_messages (notification_id);
