#!/usr/bin/env bash
# The Rust tests on AArch64 (NEON): cross-compiled, run under QEMU, and their fingerprints compared with this machine's.
#
# Compiler, linker and emulator are Debian 12's packages, unpacked into target/cross: nothing is installed.
# target/cross/versions says which; last used: rustc-web 1.96.0+dfsg1-1~deb12u2 of the security updates,
# gcc 12.2.0-14cross1 as linker, QEMU 7.2+dfsg-7+deb12u18.
# Under QEMU `TENSAUR_FUZZ` plans are tried, 50,000 unless it is set; every other test runs whole, but for the one of
# large pages: the emulator does not pass that advice to the system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=aarch64-unknown-linux-gnu
cross=$PWD/target/cross
root=$cross/root

# What the compiler is linked with, besides its own library and LLVM's.
libraries=(libz3-4 libedit2 libxml2 libicu72 libbsd0 libmd0 libffi8)
linker=(gcc-12-aarch64-linux-gnu binutils-aarch64-linux-gnu libjansson4 libgcc-12-dev-arm64-cross
  libgcc-s1-arm64-cross libc6-arm64-cross libc6-dev-arm64-cross)

# Debian's package tool with an index of its own, so that the machine's stays as it is.
apt() {
  apt-get -q -o Dir::State="$cross/apt" -o Dir::State::status="$cross/apt/status" -o Dir::Cache="$cross/apt" \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o APT::Sandbox::User= "$@"
}

# Downloads the package that a downloaded one depends on, by what its name has before a version.
download_dependency() {
  apt download "$(dpkg-deb --field "$1" Depends | grep -Eom1 "$2[0-9.]*[0-9]")"
}

unpack() {
  rm -rf "$cross"
  mkdir -p "$cross/apt/lists/partial" "$cross/apt/archives/partial" "$cross/packages" "$root"
  touch "$cross/apt/status"
  # Sources that are not Debian's may fail; what is missing then fails to download.
  apt update || true
  (
    cd "$cross/packages"
    apt download rustc-web libstd-rust-web-dev libstd-rust-web-dev:arm64 "${libraries[@]}" "${linker[@]}" qemu-user-static
    download_dependency libstd-rust-web-dev_*_amd64.deb libstd-rust-web-
    download_dependency libstd-rust-web-[0-9]*_amd64.deb libllvm
  )
  local package
  for package in "$cross"/packages/*.deb; do
    dpkg-deb --extract "$package" "$root"
    dpkg-deb --show --showformat='${Package} ${Version} ${Architecture}\n' "$package"
  done >"$cross/versions.part"
  rm -r "$cross/packages" "$cross/apt"
  mv "$cross/versions.part" "$cross/versions"
}

# A program of the packages under a name of ours, with the libraries that it is linked with.
wrap() {
  mkdir -p "$cross/bin"
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/$2" \
    >"$cross/bin/$1"
  chmod +x "$cross/bin/$1"
}

# The lines by which runs of the same tests on two machines are compared.
fingerprints() {
  grep '^fingerprint ' "$1" | sort
}

if ! { command -v apt-get && command -v dpkg-deb; } >/dev/null; then
  echo "The AArch64 tests need Debian's packages, and apt-get and dpkg-deb to get them" >&2
  exit 1
fi
[[ -e $cross/versions ]] || unpack
grep -E '^(rustc-web|gcc-12-aarch64-linux-gnu|qemu-user-static) ' "$cross/versions"
wrap rustc rustc
wrap aarch64-linux-gnu-gcc aarch64-linux-gnu-gcc-12

cargo test --quiet --lib -- --show-output tier >"$cross/native.txt"

RUSTC=$cross/bin/rustc TENSAUR_FUZZ=${TENSAUR_FUZZ:-50000} \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Clink-arg=--sysroot=$root" \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$cross/bin/aarch64-linux-gnu-gcc" \
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$root/usr/bin/qemu-aarch64-static -L $root/usr/aarch64-linux-gnu" \
  cargo test --lib --target "$target" --target-dir "$cross/target" -- --show-output --skip large_pages_are_asked_for |
  tee "$cross/emulated.txt" | grep -v '^fingerprint '

diff <(fingerprints "$cross/native.txt") <(fingerprints "$cross/emulated.txt")
echo "The $(fingerprints "$cross/emulated.txt" | wc -l) fingerprints are those of $(uname -m)"
