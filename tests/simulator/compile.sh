#!/bin/sh
# Compiles one .cu file into a shared object that the simulated driver runs kernels from.
#   compile.sh MODE OUTPUT SOURCE [g++ options]
# MODE is plain, races or asan; -D__CUDA_ARCH__=750 takes a kernel's way for another architecture than 8.0. The table
# of the kernels is appended to the source: their names are found in its preprocessed text, where `__global__` still
# stands.
set -eu
mode=$1 output=$2 source=$3
shift 3
here=$(dirname "$(readlink -f "$0")")
library=$(readlink -m "$here/../../target/simulator/$mode")
flags="-x c++ -std=c++17 -w -fPIC -fvisibility=hidden -fno-math-errno -fno-trapping-math"
flags="$flags -DCUDASHIM=1 -D__CUDA_ARCH__=800 -I$here/shim"
[ "$(uname -m)" = x86_64 ] && flags="$flags -march=x86-64-v3"
case $mode in
plain) flags="$flags -O2" link= ;;
races) flags="$flags -O1 -g1 -fsanitize=thread -DCUDASHIM_RACES" link= ;;
asan) flags="$flags -O1 -g -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined \
-DCUDASHIM_ASAN" link="-fsanitize=address,undefined" ;;
*) echo "compile.sh: no mode $mode" >&2 && exit 2 ;;
esac
work=$output.$$
trap 'rm -f "$work.cc" "$work.o" "$work.so" "$work.i"' EXIT
g++ $flags -E "$@" "$source" -o "$work.i"
names=$(tr '\n' ' ' <"$work.i" | sed 's/__global__/\n__global__/g' |
    sed -n 's/^__global__ *\(__launch_bounds__ *([^)]*)\)\{0,1\} *void *\(__launch_bounds__ *([^)]*)\)\{0,1\} *\([A-Za-z_0-9]*\) *(.*/\3/p')
{
    echo "#include \"$(readlink -f "$source")\""
    echo "CUDASHIM_TABLE = {"
    for name in $names; do echo "CUDASHIM_KERNEL($name),"; done
    echo "{}};"
} >"$work.cc"
g++ $flags -include "$here/shim/cudashim.h" "$@" -c "$work.cc" -o "$work.o"
g++ -shared $link "$work.o" -L"$library" -lcudashim -Wl,-rpath,"$library" -o "$work.so"
mv "$work.so" "$output"
