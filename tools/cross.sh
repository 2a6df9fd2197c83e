#!/usr/bin/env bash
# The Rust tests on AArch64 (NEON): cross-compiled, run under QEMU, and their fingerprints compared with this machine's.
#
# Compiler, linker and emulator are Debian 12's packages, which tools/debian.sh unpacks; last used: rustc-web
# 1.96.0+dfsg1-1~deb12u2 of the security updates, gcc 12.2.0-14cross1 as linker, QEMU 7.2+dfsg-7+deb12u18.
# Under QEMU `TENSAUR_FUZZ` plans are tried, 50,000 unless it is set; every other test runs whole, but for the one of
# large pages: the emulator does not pass that advice to the system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=aarch64-unknown-linux-gnu
results=$PWD/target/cross
debian=$PWD/target/debian
root=$debian/aarch64/root

# The lines by which runs of the same tests on two machines are compared.
fingerprints() {
  grep '^fingerprint ' "$1" | sort
}

mkdir -p "$results"
bash tools/debian.sh rust aarch64 | grep -E '^(rustc-web|gcc-12-aarch64-linux-gnu|qemu-user-static) '

cargo test --quiet --lib -- --show-output tier >"$results/native.txt"

RUSTC=$debian/rust/bin/rustc TENSAUR_FUZZ=${TENSAUR_FUZZ:-50000} \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Clink-arg=--sysroot=$root" \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$debian/aarch64/bin/aarch64-linux-gnu-gcc" \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$debian/aarch64/bin/qemu-aarch64 -L $root/usr/aarch64-linux-gnu" \
  cargo test --lib --target "$target" --target-dir "$results/target" -- --show-output --skip large_pages_are_asked_for |
  tee "$results/emulated.txt" | grep -v '^fingerprint '

diff <(fingerprints "$results/native.txt") <(fingerprints "$results/emulated.txt")
echo "The $(fingerprints "$results/emulated.txt" | wc -l) fingerprints are those of $(uname -m)"
