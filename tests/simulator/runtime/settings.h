// What the environment chooses; each variable starts with CUDA_SIMULATOR_ and stands in the README.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace cudashim {

enum class Order { Forward, Reverse, Random };

struct Settings {
    int capability;            ///< CAPABILITY, as 80 for 8.0
    std::size_t memory_bytes;  ///< MEMORY, bytes of each device
    int devices;               ///< DEVICES
    int driver_version;        ///< DRIVER, as 12080
    int init_error;            ///< INIT_ERROR, what cuInit returns
    long oom_at;               ///< OOM_AT, the allocation that finds no memory, from 1
    long launch_failure_at;    ///< LAUNCH_FAILURE_AT, the kernel that fails when it runs, from 1
    bool capture;              ///< CAPTURE, whether streams can be captured
    Order order;               ///< ORDER, of threads in a block and of blocks: forward, reverse, random
    std::uint64_t seed;        ///< SEED, of the random order
    unsigned threads;          ///< THREADS, of the system; the processors' number unless given
    bool quiet;                ///< QUIET, no reports on the standard error
    std::string kernels;       ///< KERNELS, shared objects or folders of them, separated by colons
};

/// The settings, read when first asked for.
const Settings& settings();

}  // namespace cudashim
