-- What the database says of itself: that it goes under another master key now.
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
