#!/usr/bin/env bash
# Feeds random submissions to the native shim, on both backends, under sanitizers: fuzz.sh <seconds>
# With clang by libFuzzer, which looks for inputs that reach code that no input has reached; else by the generator of
# fuzz_ring.c. What it keeps goes to artifacts/fuzz; an input that failed lies there, to be given to the program again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-60}
mkdir -p artifacts/fuzz/corpus
if ! clang -fsanitize=fuzzer,address,undefined -std=gnu11 -D_GNU_SOURCE -DUH_HOSTED -O1 -g -fno-omit-frame-pointer \
    -fno-sanitize-recover=all -Inative tests/native/fuzz_ring.c native/*.c -o artifacts/fuzz/fuzz_ring; then
    echo "no clang with libFuzzer: the generator of fuzz_ring.c instead"
    for backend in io_uring epoll; do
        artifacts/cmake/tests/native/fuzz_ring "$backend" $((seconds / 2))
    done
    exit
fi
exec artifacts/fuzz/fuzz_ring -max_total_time="$seconds" -max_len=2000 -timeout=20 -print_final_stats=1 \
    -artifact_prefix=artifacts/fuzz/ artifacts/fuzz/corpus
