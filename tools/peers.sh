#!/usr/bin/env bash
# Installs the peers of the benchmarks into a Python environment: tools/peers.sh [FOLDER], by default .venv.
# About 6 GB and some minutes. Then: deno task bench:peers --python .venv/bin/python
set -euo pipefail
folder=${1:-.venv}
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --requirement "$(dirname "${BASH_SOURCE[0]}")/peers.txt"
"$folder/bin/python" -c 'import torch, numpy, jax; print("torch", torch.__version__, "numpy", numpy.__version__, "jax", jax.__version__)'
