#!/bin/bash
# Builds the simulated driver and compiler into target/simulator/MODE: build.sh [plain|races|asan]
# Only what is older than its sources is made anew. The kernels of the simulator's own tests come with it.
set -euo pipefail
mode=${1:-plain}
here=$(dirname "$(readlink -f "$0")")
out=$(readlink -m "$here/../../target/simulator/$mode")
mkdir -p "$out/objects" "$out/kernels"
exec 9>"$out/.lock" && flock 9

defines=(-DSIMULATOR_FOLDER="\"$out\"" -DSIMULATOR_SOURCES="\"$here\"" -DSIMULATOR_MODE="\"$mode\"")
flags=(-std=c++17 -O2 -g1 -fPIC -fno-plt -Wall -Wextra -Wno-missing-field-initializers -pthread "${defines[@]}")
link=(-shared -pthread "-Wl,-rpath,$out" -L"$out")
case $mode in
plain) ;;
races) flags+=(-DCUDASHIM_RACES) ;;
asan) flags+=(-DCUDASHIM_ASAN) && link+=(-fsanitize=address,undefined) ;;
*) echo "build.sh: no mode $mode" >&2 && exit 2 ;;
esac

newest_header=$(ls -t "$here"/*/*.h "$here/build.sh" | head -1)

# objects FOLDER [flags]: compiles the sources of a folder that are newer than their objects, two at a time.
objects() {
    local folder=$1 source object pids=()
    shift
    for source in "$here/$folder"/*.cpp; do
        object=$out/objects/$folder-$(basename "$source" .cpp).o
        if [[ ! $object -nt $source || ! $object -nt $newest_header ]]; then
            g++ "${flags[@]}" "$@" -c "$source" -o "$object" &
            pids+=($!)
            if ((${#pids[@]} % 2 == 0)); then wait "${pids[-2]}"; fi
        fi
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
}

# library FOLDER NAME [flags]: links a folder's objects if one of them is newer.
library() {
    local folder=$1 name=$2 source objects=()
    shift 2
    for source in "$here/$folder"/*.cpp; do objects+=("$out/objects/$folder-$(basename "$source" .cpp).o"); done
    if [[ ! -e $out/$name || -n $(find "${objects[@]}" -newer "$out/$name") ]]; then
        g++ "${link[@]}" -Wl,-soname,"$name" "${objects[@]}" "$@" -o "$out/$name.new"
        mv "$out/$name.new" "$out/$name"
    fi
}

objects runtime
library runtime libcudashim.so
objects driver -fvisibility=hidden
library driver libcuda.so.1 -lcudashim
objects nvrtc -fvisibility=hidden
library nvrtc libnvrtc.so.12

for source in "$here"/kernels/*.cu; do
    object=$out/kernels/$(basename "$source" .cu).so
    newest=$(ls -t "$source" "$here/compile.sh" "$here"/../../kernels/cuda/{*.cuh,practice/*.cu} "$here"/shim/*.h 2>/dev/null | head -1)
    [[ $object -nt $newest ]] || "$here/compile.sh" "$mode" "$object" "$source"
done
echo "$out"
