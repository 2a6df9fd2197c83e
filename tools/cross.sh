#!/usr/bin/env bash
# The Rust tests of another processor or system: cross-compiled, run on what stands in for it, and their fingerprints
# compared with this machine's.
#   bash tools/cross.sh aarch64    Linux on AArch64 (NEON), under QEMU
#   bash tools/cross.sh windows    Windows on x86-64, under Wine
# Compilers, linkers and what stands in are Debian 12's packages, which tools/debian.sh unpacks; last used: rustc-web
# 1.96.0+dfsg1-1~deb12u2 of the security updates, gcc 12.2.0-14cross1 and 12.2.0-14+deb12u1+25.2+b1 as linkers, QEMU
# 7.2+dfsg-7+deb12u18, Wine 8.0~repack-4.
# Under QEMU `TENSAUR_FUZZ` plans are tried, 50,000 unless it is set; every other test runs whole, but for the one of
# large pages: the emulator does not pass that advice to the system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
debian=$PWD/target/debian
arguments=()
skipped=()

case ${1-} in
aarch64)
  target=aarch64-unknown-linux-gnu
  sets=(rust aarch64)
  root=$debian/aarch64/root
  export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Clink-arg=--sysroot=$root"
  export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$debian/aarch64/bin/aarch64-linux-gnu-gcc"
  export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$debian/aarch64/bin/qemu-aarch64 -L $root/usr/aarch64-linux-gnu"
  export TENSAUR_FUZZ=${TENSAUR_FUZZ:-50000}
  skipped=(--skip large_pages_are_asked_for)
  ;;
windows)
  target=x86_64-pc-windows-gnu
  sets=(rust mingw wine)
  export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER="$debian/mingw/bin/x86_64-w64-mingw32-gcc"
  export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="bash $PWD/tools/wine/run.sh"
  export PATH=$debian/mingw/bin:$PATH
  # Debian has the standard library of this system as sources only.
  arguments=(-Zbuild-std)
  export RUSTC_BOOTSTRAP=1
  ;;
*)
  echo "Usage: bash tools/cross.sh aarch64|windows" >&2
  exit 2
  ;;
esac

# The lines by which runs of the same tests on two machines are compared.
fingerprints() {
  tr -d '\r' <"$1" | grep '^fingerprint ' | sort
}

results=$PWD/target/cross/$1
mkdir -p "$results"
bash tools/debian.sh "${sets[@]}" | grep -E '^(rustc-web|gcc-12-aarch64-linux-gnu|gcc-mingw-w64-x86-64-win32|qemu-user-static|wine64) '

cargo test --quiet --lib -- --show-output tier >"$results/native.txt"

RUSTC=$debian/rust/bin/rustc cargo test --lib --target "$target" --target-dir "$PWD/target/cross/target" \
  "${arguments[@]}" -- --show-output "${skipped[@]}" | tee "$results/foreign.txt" | grep -v '^fingerprint '

diff <(fingerprints "$results/native.txt") <(fingerprints "$results/foreign.txt")
echo "The $(fingerprints "$results/foreign.txt" | wc -l) fingerprints are those of $(uname -sm)"
