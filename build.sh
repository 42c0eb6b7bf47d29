#!/bin/sh
# Starts build.cake, for example: ./build.sh --target=Test
# First it sees to what the build stands on: the .NET SDK, a C compiler, make and CMake. It asks nothing.
set -eu
cd "$(dirname "$0")"

stop() {
    echo "build.sh: $*" >&2
    exit 1
}

require_sdk() {
    command -v dotnet >/dev/null || stop "the .NET SDK 10 is missing: https://dotnet.microsoft.com/download"
    # In this folder global.json picks the SDK, and dotnet fails where none fits.
    case "$(dotnet --version 2>/dev/null)" in
        [1-9][0-9].*) ;;
        *) stop "the .NET SDK 10 is needed, found: $(dotnet --list-sdks 2>/dev/null | cut -d ' ' -f 1 | xargs)" ;;
    esac
}

# True when a C program can be compiled and linked, and CMake has what it needs to drive that.
has_native_tools() {
    command -v cmake >/dev/null && command -v make >/dev/null &&
        printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' | cc -x c -o /dev/null - 2>/dev/null
}

require_native_tools() {
    ! has_native_tools || return 0
    if command -v apt-get >/dev/null; then
        install="apt-get install -y --no-install-recommends gcc libc6-dev make cmake"
        prepare="apt-get update"
    elif command -v dnf >/dev/null; then
        install="dnf install -y gcc glibc-devel libasan libubsan make cmake"
    elif command -v apk >/dev/null; then
        install="apk add gcc musl-dev linux-headers make cmake"
    else
        stop "a C compiler, make and CMake are needed: install them with this system's package manager"
    fi
    [ "$(id -u)" -eq 0 ] || stop "a C compiler, make or CMake is missing; type: sudo $install"

    echo "build.sh: installing what is missing: $install"
    log=$(mktemp)
    ${prepare:-:} </dev/null >"$log" 2>&1 || true # an old package index may still do
    DEBIAN_FRONTEND=noninteractive $install </dev/null >>"$log" 2>&1 || { cat "$log" >&2; stop "this failed: $install"; }
    rm -f "$log"
    has_native_tools || stop "still no working C compiler, make and CMake after: $install"
}

require_sdk
require_native_tools

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 CAKE_SETTINGS_SHOWPROCESSCOMMANDLINE=false
[ -t 1 ] || export NO_COLOR=1
# Compiling build.cake takes five seconds; the cache is keyed by its content.
export CAKE_SETTINGS_ENABLESCRIPTCACHE=true CAKE_PATHS_CACHE=./artifacts/cake
log=$(dotnet tool restore 2>&1) || stop "$log"
exec dotnet cake build.cake "$@"
