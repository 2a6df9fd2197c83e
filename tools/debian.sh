#!/usr/bin/env bash
# Debian's packages for other processors and systems, unpacked into target/debian: nothing is installed.
#   bash tools/debian.sh SET...    prints the packages and versions of each set, one a line
# A set is a folder target/debian/SET: root/ is what its packages hold, bin/ starts their programs, versions lists them.
# They are those of Debian 12 and of its security updates, which bring rustc-web, the newest Rust.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Rust: a compiler with the standard library of both Linux targets and the source of that for all others.
rust() {
  # What the compiler is linked with, besides its own library and LLVM's.
  download libz3-4 libedit2 libxml2 libicu72 libbsd0 libmd0 libffi8
  download rustc-web rust-web-src libstd-rust-web-dev libstd-rust-web-dev:arm64
  download_dependency libstd-rust-web-dev_*_amd64.deb libstd-rust-web-
  download_dependency libstd-rust-web-[0-9]*_amd64.deb libllvm
}
rust_programs=(rustc=bin/rustc)

# What GCC is linked with.
gcc=(libisl23 libmpc3 libmpfr6 libgmp10)

# C for Linux on AArch64, and the emulator.
aarch64() {
  download gcc-12-aarch64-linux-gnu cpp-12-aarch64-linux-gnu binutils-aarch64-linux-gnu libjansson4 "${gcc[@]}" \
    libgcc-12-dev-arm64-cross libgcc-s1-arm64-cross libc6-arm64-cross libc6-dev-arm64-cross linux-libc-dev-arm64-cross \
    qemu-user-static
}
aarch64_programs=(aarch64-linux-gnu-gcc=bin/aarch64-linux-gnu-gcc-12 qemu-aarch64=bin/qemu-aarch64-static)

# C for Windows.
mingw() {
  download gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-x86-64-win32-runtime gcc-mingw-w64-base binutils-mingw-w64-x86-64 \
    mingw-w64-x86-64-dev mingw-w64-common "${gcc[@]}"
}
mingw_programs=(x86_64-w64-mingw32-gcc=bin/x86_64-w64-mingw32-gcc-win32
  x86_64-w64-mingw32-dlltool=bin/x86_64-w64-mingw32-dlltool)

# What starts programs of Windows, without windows on a screen: tools/wine/run.sh.
wine() {
  download wine64 libwine libunwind8 libz-mingw-w64
}
wine_programs=(wine64=lib/wine/wine64)

# Debian's package tool with an index of its own, so that the machine's stays as it is.
apt() {
  apt-get -q -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt" \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o APT::Sandbox::User= "$@" >&2
}

# Downloads packages into the current folder.
download() {
  apt download "$@"
}

# Downloads the package that a downloaded one depends on, by what its name has before a version.
download_dependency() {
  download "$(dpkg-deb --field "$1" Depends | grep -Eom1 "$2[0-9.]*[0-9]")"
}

# Makes the folder of a set.
unpack() {
  rm -rf "$folder"
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/packages" "$folder/root"
  touch "$folder/apt/status"
  # Sources that are not Debian's may fail; what is missing then fails to download.
  apt update || true
  (cd "$folder/packages" && "$1")
  local package
  for package in "$folder"/packages/*.deb; do
    dpkg-deb --extract "$package" "$folder/root"
    dpkg-deb --show --showformat='${Package} ${Version} ${Architecture}\n' "$package"
  done >"$folder/versions.part"
  rm -r "$folder/packages" "$folder/apt"
  local -n programs=${1}_programs
  local program
  for program in "${programs[@]}"; do wrap "$program"; done
  mv "$folder/versions.part" "$folder/versions"
}

# A program of the packages under a name of ours (NAME=PROGRAM, from usr), with the libraries that it is linked with.
wrap() {
  local start=$folder/bin/${1%%=*}
  mkdir -p "$folder/bin"
  cat >"$start" <<EOF
#!/bin/sh
root=\$(dirname "\$0")/../root
LD_LIBRARY_PATH=\$root/usr/lib/x86_64-linux-gnu exec "\$root/usr/${1#*=}" "\$@"
EOF
  chmod +x "$start"
}

if ! { command -v apt-get && command -v dpkg-deb; } >/dev/null; then
  echo "This needs Debian's packages, and apt-get and dpkg-deb to get them" >&2
  exit 1
fi
for set in "$@"; do
  folder=$PWD/target/debian/$set
  [[ -e $folder/versions ]] || unpack "$set"
  cat "$folder/versions"
done
