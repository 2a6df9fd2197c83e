#!/usr/bin/env bash
# Tries on fresh machines what README.md and docs/install.md promise: deno task fresh [--only NAME ...] [--write]
#
# A fresh machine is a root file system of Debian 12 with a few packages, in which everything runs by chroot; what a
# run changes there lies in a layer above, which is dropped. Mounts and processes live in namespaces that end with this
# script: outside nothing changes but target/fresh.
# Needs Linux, root, and Debian's tools to get a Debian; some 3 GB, and the network for packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=2.9.5
for program in apt-get dpkg-deb wget unshare chroot git npm; do
  command -v "$program" >/dev/null || missing+=" $program"
done
if [[ $(id -u) != 0 || -n ${missing-} ]]; then
  echo "Clean root file systems need root, and the programs apt-get, dpkg-deb, wget, unshare, chroot, git and npm" >&2
  echo "Here: user $(id -un); missing:${missing- nothing}" >&2
  exit 1
fi

deno=(deno)
[[ "$(deno --version 2>/dev/null)" == "deno $version "* ]] || deno=(npx -y "deno@$version")
exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
  "${deno[@]}" run --allow-all tools/fresh/main.ts "$@"
