#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A loader that is kept running (load.command.mode: worker), in POSIX shell: keys in, values out.
#
#     request   LENGTH\n BYTES
#     answer    ok LENGTH\n BYTES      or      absent\n      or      error REASON\n
#
# Key and value go through files: a shell's variables hold no zero bytes and lose last line breaks.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 0' TERM

# Writes the value of the key in file $1. Exit status: 0, 44 if the key does not exist, another if that cannot be said.
load() {
  case $(cat "$1") in
    *:none) return 44 ;;
    *:bad) return 1 ;;
  esac
  printf 'value of '
  cat "$1"
}

while read -r length; do
  head -c "$length" >"$folder/key"
  load "$folder/key" >"$folder/value" </dev/null
  case $? in
    0) printf 'ok %d\n' "$(wc -c <"$folder/value")" && cat "$folder/value" ;;
    44) echo absent ;;
    *) echo "error this key cannot be loaded" ;;
  esac
done
