#!/usr/bin/env bash
# Takes the program of PROGRAM, after its checksum, and puts it on the path of the steps behind this one.
set -euo pipefail

fail() {
  echo "::error::grantor: $1"
  exit 1
}

[ -n "$PROGRAM" ] || fail "program is not said: nothing is published, so a file is named"
machine=$(uname -m)
case "$(uname -s)-$machine" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  *) fail "there is no program for $(uname -s) on $(uname -m)" ;;
esac
file=$PROGRAM
if [ -d "$file" ]; then
  shopt -s nullglob
  found=("$file"/grantor "$file"/grantor-"$platform"-*.tgz)
  there=()
  for one in "${found[@]}"; do if [ -f "$one" ]; then there+=("$one"); fi; done
  # The same program, where all that dist makes is in the folder.
  if [ "${#there[@]}" -eq 0 ]; then there=("$file"/grantor-*_"$machine".whl); fi
  [ "${#there[@]}" -eq 1 ] || fail "$file has ${#there[@]} programs for $platform, not one"
  file=${there[0]}
fi
[ -f "$file" ] || fail "there is no file $file"

if [ -n "$SUMS" ]; then
  [ -f "$SUMS" ] || fail "there is no file $SUMS"
  name=$(basename "$file")
  wanted=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$SUMS")
  came=$(sha256sum < "$file" | cut -d ' ' -f 1)
  [ -n "$wanted" ] || fail "$SUMS does not name $name"
  [ "$wanted" = "$came" ] || fail "$name is not the file that $SUMS names: $came, not $wanted"
fi

# Of this job alone, and gone with it.
place=$(mktemp -d "$RUNNER_TEMP/grantor-XXXXXX")
case "$file" in
  *.tgz) tar -xzf "$file" -C "$place" --strip-components=2 package/bin/grantor ;;
  *.whl) unzip -q -j "$file" '*.data/scripts/grantor' -d "$place" ;;
  *) cp "$file" "$place/grantor" ;;
esac
chmod 755 "$place/grantor"
version=$("$place/grantor" --version) || fail "$file does not run here"
echo "$version"
echo "$place" >> "$GITHUB_PATH"
echo "GRANTOR_BINARY=$place/grantor" >> "$GITHUB_ENV"
