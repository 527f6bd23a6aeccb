-- Organization Admin had the id of Environment Admin, which had the id of Custom Roles Admin: whoever holds one keeps what it gave.
UPDATE role_assignments SET role = '\x073969d7dce34661870ee5cc50e79eb3'::bytea WHERE role = '\x29ddce68cd7f4b2ab6fcf7a19553b496'::bytea;
UPDATE role_assignments SET role = '\x29ddce68cd7f4b2ab6fcf7a19553b496'::bytea WHERE role = '\x6f770b08793f4393b2aab1d1587a0324'::bytea;

-- A role names a population or an application without its environment.
CREATE INDEX populations_by_id ON populations (id);
CREATE INDEX applications_by_id ON applications (id);
