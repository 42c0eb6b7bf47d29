#!/bin/sh
# Puts each bug of this folder into a copy of the sources, and tells how many seeds the simulation took to find it.
# run.sh [SEEDS [NAME...]]: at most so many seeds for each (default 10,000); only these bugs. Fails when one is not found, or does not
# fit the sources any more: somewhere else in them it might be another bug.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
seeds=${1:-10000}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(basename -s .patch "$here"/*.patch)

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests" "$copy/artifacts"
cp "$root"/Directory.*.props "$root/global.json" "$root/.editorconfig" "$copy"
cp -r "$root/src" "$copy/src"
cp -r "$root/tests/UringHttp.Simulation" "$root/tests/Directory.Build.props" "$copy/tests"
cp -r "$root/artifacts/native" "$copy/artifacts"
find "$copy" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +

missed=0
for name; do
    (cd "$copy" && patch -s -p0 -F0 <"$here/$name.patch")
    if ! dotnet build "$copy/tests/UringHttp.Simulation" -c Release -v q -nologo -p:RunAnalyzers=false >"$copy/log" 2>&1; then
        cat "$copy/log"
        exit 1
    fi

    if dotnet "$copy/tests/UringHttp.Simulation/bin/Release/net10.0/UringHttp.Simulation.dll" \
        --seeds="$seeds" --first=1 --brief >"$copy/log" 2>&1; then
        echo "$name: NOT FOUND in $seeds seeds"
        missed=1
    else
        echo "$name: $(grep -a -m1 -E '^seed .* fails|Unhandled exception' "$copy/log" | cut -c 1-200)"
    fi

    (cd "$copy" && patch -s -R -p0 <"$here/$name.patch")
done
exit $missed
