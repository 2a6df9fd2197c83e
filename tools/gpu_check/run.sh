#!/bin/bash
# Starts the check on a machine with a GPU, from what `deno task gpu:pack` has made: run.sh [FOLDER] [options of run.ts]
# Wants bash and xz or Python to unpack Deno; the rest is found out and told.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
deno=$here/deno
if [[ -e $here/deno.xz && ! -e $deno ]]; then
    xz -dc "$here/deno.xz" >"$deno.new" 2>/dev/null ||
        python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' \
            "$here/deno.xz" "$deno.new"
    chmod +x "$deno.new"
    mv "$deno.new" "$deno"
fi
[[ -f $deno ]] || deno=$(command -v deno)
# Nothing is asked of a network, and nothing is left in the home of whoever runs this.
export DENO_DIR=${DENO_DIR:-$here/cache} DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
export TENSAUR_CACHE_DIR=${TENSAUR_CACHE_DIR:-$here/cache}
cd "$here/tree"
exec "$deno" run --allow-all --no-remote --no-lock --no-check tools/gpu_check/run.ts "$@"
