-- Which rebuild the logs in Redis stem from. Redis names the same one as long as it has not been emptied or replaced.
CREATE TABLE velocity_epoch (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch      text COLLATE "C" NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT now()
);
