#!/usr/bin/env bash
# Starts the program of GRANTOR_BINARY, and tells where it is once it answers.
set -euo pipefail

fail() {
  echo "::error::grantor: $1"
  [ ! -f "$place/log" ] || cat "$place/log"
  exit 1
}

place=$(dirname "$GRANTOR_BINARY")
[ ! -f "$place/pid" ] || fail "it was started already"
[[ "$WAIT" =~ ^[0-9]{1,4}$ ]] || fail "wait is no number of seconds"
words=(dev --port "$PORT" --env-file "$place/env")
while IFS= read -r line; do
  if [ -n "$line" ]; then words+=(--seed "$line"); fi
done <<< "$SEED"
while IFS= read -r line; do
  if [ -n "$line" ]; then words+=("$line"); fi
done <<< "$ARGUMENTS"

# It holds nothing of this step: the step ends, and the server goes on.
nohup "$GRANTOR_BINARY" "${words[@]}" > "$place/log" 2>&1 < /dev/null &
pid=$!
echo "$pid" > "$place/pid"

value() {
  sed -n "s/^$1=//p" "$place/env" 2> /dev/null || true
}
trust=()
deadline=$((SECONDS + WAIT))
while :; do
  url=$(value authPath)
  if [ -n "$(value msIssuer)" ]; then
    ca=$(value GRANTOR_CA)
    if [ -n "$ca" ]; then trust=(--cacert "$ca"); fi
    # The address that others know may not lead here.
    port=$(sed -n 's/^Grantor [^ ]* on [^ ]* ([^ ]*:\([0-9]*\),.*/\1/p' "$place/log" | tail -n 1)
    if curl -fsS "${trust[@]}" --connect-to "::127.0.0.1:$port" -o /dev/null "$url/readyz" 2> /dev/null; then break; fi
  fi
  if ! kill -0 "$pid" 2> /dev/null; then
    rm -f "$place/pid"
    fail "it did not start"
  fi
  if [ "$SECONDS" -ge "$deadline" ]; then
    kill "$pid" 2> /dev/null || true
    rm -f "$place/pid"
    fail "it was not ready in $WAIT seconds"
  fi
  sleep 0.05
done

key=$(value GRANTOR_CONTROL_KEY)
if [ -n "$key" ]; then echo "::add-mask::$key"; fi
{
  echo "url=$url"
  echo "issuer=$url/$(value envID)/as"
  echo "control-key=$key"
  echo "env-file=$place/env"
  echo "log=$place/log"
} >> "$GITHUB_OUTPUT"
{
  echo "GRANTOR_URL=$url"
  if [ -n "$key" ]; then echo "GRANTOR_CONTROL_KEY=$key"; fi
  if [ -n "$ca" ]; then echo "GRANTOR_CA=$ca"; fi
} >> "$GITHUB_ENV"
echo "grantor on $url"
