#!/bin/sh
# Builds the program with musl and runs it; skips where there is no musl.
set -eu
source=$1
include=$2
library=$3
program=$4
command -v musl-gcc >/dev/null || {
    echo "SKIP: no musl-gcc"
    exit 77
}
musl-gcc -std=c11 -Wall -I "$include" "$source" -o "$program"
exec "$program" "$library"
