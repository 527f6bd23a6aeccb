#!/usr/bin/env bash
# Ends the server that this job started.
set -euo pipefail

place=$(dirname "${GRANTOR_BINARY:-}")
if [ ! -f "$place/pid" ]; then
  echo "::error::grantor: no server was started"
  exit 1
fi
pid=$(cat "$place/pid")
rm -f "$place/pid"
kill "$pid" 2> /dev/null || true
for _ in $(seq 100); do
  kill -0 "$pid" 2> /dev/null || exit 0
  sleep 0.05
done
kill -KILL "$pid" 2> /dev/null || true
