#!/usr/bin/env bash
# Runs a program for Windows on Linux: bash tools/wine/run.sh PROGRAM.exe ARGUMENT...
# Wine and a compiler are Debian 12's packages, unpacked below target/debian; the drive C: is beside them.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
wine=$project/target/debian/wine
mingw=$project/target/debian/mingw
added=$wine/added

# The name of a file as Windows has it.
windows() {
  printf 'Z:%s' "${1//\//\\}"
}

export WINEPREFIX=$wine/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
export WINEPATH="$(windows "$added");$(windows "$wine/root/usr/x86_64-w64-mingw32/lib")"

if [[ ! -e $added/bcryptprimitives.dll ]]; then
  bash "$project/tools/debian.sh" mingw wine >/dev/null
  # The package's own is a script that knows only where it would be installed.
  ln -sf wineserver64 "$wine/root/usr/lib/wine/wineserver"
  # It has much to say about what of a desktop is missing.
  "$wine/bin/wine64" wineboot --init 2>"$wine/wineboot.txt"
  mkdir -p "$added"
  "$mingw/bin/x86_64-w64-mingw32-gcc" -shared "$project/tools/wine/bcryptprimitives.c" \
    -o "$added/bcryptprimitives.dll" -ladvapi32
fi
exec "$wine/bin/wine64" "$@"
