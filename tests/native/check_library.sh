#!/bin/sh
# The library must load under any libc: nothing needed, nothing undefined, nothing exported but the ABI.
set -eu
library=$1
header=$2

fail() {
    echo "$library: $1" >&2
    exit 1
}

readelf -d "$library" | grep NEEDED && fail "needs other libraries"
undefined=$(nm --dynamic --undefined-only "$library")
[ -z "$undefined" ] || fail "undefined symbols: $undefined"
readelf -lW "$library" | grep -q 'GNU_STACK.* RW ' || fail "executable stack"
readelf -lW "$library" | grep -q GNU_RELRO || fail "no relro"
readelf -dW "$library" | grep -q BIND_NOW || readelf -dW "$library" | grep -q 'FLAGS.*NOW' || fail "lazy binding"
readelf -SW "$library" | grep -q '\.note\.gnu\.build-id' || fail "no build id"
readelf -SW "$library" | grep -qE ' \.(init|fini)(_array)? ' && fail "runs code when it is loaded"
readelf -lW "$library" | grep -q ' TLS ' && fail "uses thread-local storage"

exported=$(nm --dynamic --defined-only "$library" | awk '{ print $3 }' | sort)
declared=$(sed -n 's/^UH_EXPORT.*[ *]\(uh_[a-z_]*\)(.*/\1/p' "$header" | sort)
[ "$exported" = "$declared" ] || fail "exports
$exported
and not
$declared"
echo "$(echo "$exported" | wc -l) symbols, freestanding"
