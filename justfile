# Short names for what is typed often. Everything here is a plain cargo command; `just` itself is never required.

# Types and lints of the whole workspace.
check:
    cargo clippy --workspace --all-targets -- -D warnings

# The inner loop: every test on SQLite.
test:
    cargo xtask test --fast

# Everything that CI runs.
all:
    cargo xtask test

# Tests on a PostgreSQL of your own: just pg postgres://user:password@localhost/postgres
pg url:
    TEST_POSTGRES_URL={{url}} cargo test --workspace
    TEST_POSTGRES_URL={{url}} GRANTOR_TEST_DATABASE=postgres cargo test -p grantor-web --test it

# Formats, and applies what clippy can mend by itself.
fix:
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
    cargo fmt --all

# A server with both worlds seeded, nothing to configure.
dev:
    cargo run --release -- dev

# Generated documents from the sources.
docs:
    cargo xtask docs

# Licences, sources, bans and duplicate versions of the dependencies, and known vulnerabilities.
deny:
    cargo xtask deny

# Ratios against the ideal endpoints, in one run.
bench *arguments:
    cargo xtask bench {{arguments}}

# The model checker, deeper than the tests go.
model *name:
    cargo xtask model {{name}}

# Two simulated processes on a failing database: just simulate --minutes 60
simulate *arguments:
    cargo xtask simulate {{arguments}}

# Every fuzz target for a minute.
fuzz:
    cargo xtask fuzz

# kill -9 under load: what was acknowledged is there, and once.
crash *arguments:
    cargo xtask crash {{arguments}}

# The tests of the store and over HTTP on this machine's PostgreSQL, on 17 and on 18: just postgres --version 17
postgres *arguments:
    cargo xtask postgres {{arguments}}

# An older build and this one on one database, under load: just upgrade --from REVISION
upgrade *arguments:
    cargo xtask upgrade {{arguments}}
