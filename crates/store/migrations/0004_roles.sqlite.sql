-- Organization Admin had the id of Environment Admin, which had the id of Custom Roles Admin: whoever holds one keeps what it gave.
UPDATE role_assignments SET role = X'073969D7DCE34661870EE5CC50E79EB3' WHERE role = X'29DDCE68CD7F4B2AB6FCF7A19553B496';
UPDATE role_assignments SET role = X'29DDCE68CD7F4B2AB6FCF7A19553B496' WHERE role = X'6F770B08793F4393B2AAB1D1587A0324';

-- A role names a population or an application without its environment.
CREATE INDEX populations_by_id ON populations (id);
CREATE INDEX applications_by_id ON applications (id);
