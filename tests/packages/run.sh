#!/usr/bin/env bash
# Uses the produced packages as a stranger would: restores them into a new project outside the repository, with a package cache
# of its own, fetches a page, publishes in each way that a user has.
#   run.sh PACKAGES RESULTS: the folder with the packages; the file for one line a check, "passed NAME" or "failed NAME".
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
shim=$repository/artifacts/native/liburinghttp.so
packages=$(cd "$1" && pwd)
mkdir -p "$(dirname "$2")"
results=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
: >"$results"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/Consumer/* "$work"
cd "$work" || exit 1

arch=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
version=$(basename "$packages"/UringHttp.[0-9]*.nupkg .nupkg)
version=${version#UringHttp.}
export NUGET_PACKAGES=$work/cache UringHttpVersion=$version DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Beside the machine's own sources, which have the runtime packs.
cat >nuget.config <<CONFIG
<configuration>
  <packageSources>
    <add key="produced" value="$packages" />
  </packageSources>
</configuration>
CONFIG

# check NAME COMMAND...: quiet when it passes, all of its output when it fails.
check() {
    local name=$1
    shift
    if "$@" >log 2>&1; then
        echo "passed $name" | tee -a "$results"
    else
        cat log
        echo "failed $name" | tee -a "$results"
    fi
}

# What a package folder, as restored, must hold.
is_complete() {
    local folder=$NUGET_PACKAGES/${1,,}/$version
    cmp "$folder/${1,,}.$version.nupkg" "$packages/$1.$version.nupkg" &&
        test -s "$folder/README.md" && grep -q "^# $1\$" "$folder/README.md" &&
        grep -q '<license type="expression">MIT</license>' "$folder/${1,,}.nuspec" &&
        grep -q '<member name="T:UringHttp\.' "$folder/lib/net10.0/$1.xml" &&
        cmake -E tar tf "$packages/$1.$version.snupkg" | grep -qx "lib/net10.0/$1.pdb" &&
        # Built the same in any folder: no path of this one is in it.
        ! grep -qaF "$repository" "$folder/lib/net10.0/$1.dll"
}

has_native_assets() {
    local runtimes=$NUGET_PACKAGES/uringhttp.loop/$version/runtimes
    for rid in "linux-$arch" "linux-musl-$arch"; do
        cmp "$shim" "$runtimes/$rid/native/liburinghttp.so" || return 1
    done
    ! grep -qaF "$repository" "$shim"
}

publish() {
    dotnet publish -c Release -o "out/$1" "${@:2}"
}

says_ok() {
    timeout 60 "$@" | tee /dev/stderr | grep -q '^OK '
}

check "the packages restore into a new project" dotnet restore
for id in UringHttp UringHttp.Loop UringHttp.Http1 UringHttp.Extensions.DependencyInjection; do
    check "$id has readme, licence, documentation, symbols, and no path of the build" is_complete "$id"
done
check "UringHttp.Loop has the native shim for glibc and musl, with no path of the build" has_native_assets

check "publishes framework-dependent" publish portable
check "fetches a page, framework-dependent" says_ok dotnet out/portable/Consumer.dll

check "publishes for musl" publish musl -r "linux-musl-$arch" --self-contained false -p:UseAppHost=false
check "the publish for musl carries the shim" cmp "$shim" out/musl/liburinghttp.so

check "publishes trimmed and self-contained" publish trimmed -r "linux-$arch" --self-contained -p:PublishTrimmed=true
check "fetches a page, trimmed and self-contained" says_ok out/trimmed/Consumer

# NativeAOT needs a runtime pack that not every package source has. Its absence is the one error that is let pass.
pack=Microsoft.NETCore.App.Runtime.NativeAOT.linux-$arch
if ! dotnet restore -r "linux-$arch" -p:PublishAot=true >log 2>&1 &&
    grep -q "error NU110[123].*$pack" log && ! grep ': error ' log | grep -qv "$pack"; then
    echo "NativeAOT not tried: the package source does not have $pack"
else
    check "publishes with NativeAOT" publish aot -r "linux-$arch" -p:PublishAot=true
    check "fetches a page, NativeAOT" says_ok out/aot/Consumer
fi

! grep -q '^failed ' "$results"
