#include "settings.h"

#include <cstdlib>
#include <cstring>
#include <thread>

#include "fault.h"

namespace cudashim {
namespace {

const char* variable(const char* name) {
    const std::string full = std::string("CUDA_SIMULATOR_") + name;
    const char* value = std::getenv(full.c_str());
    return value && *value ? value : nullptr;
}

long long number(const char* name, long long otherwise) {
    const char* value = variable(name);
    if (!value) return otherwise;
    char* end;
    const long long parsed = std::strtoll(value, &end, 0);
    if (*end) die("CUDA_SIMULATOR_%s is %s, which is no number", name, value);
    return parsed;
}

int capability() {
    const char* value = variable("CAPABILITY");
    if (!value) return 80;
    char* end;
    const long major = std::strtol(value, &end, 10);
    if (*end != '.') die("CUDA_SIMULATOR_CAPABILITY is %s, not like 8.0", value);
    return static_cast<int>(10 * major + std::strtol(end + 1, nullptr, 10));
}

Order order() {
    const char* value = variable("ORDER");
    if (!value || !std::strcmp(value, "forward")) return Order::Forward;
    if (!std::strcmp(value, "reverse")) return Order::Reverse;
    if (!std::strcmp(value, "random")) return Order::Random;
    die("CUDA_SIMULATOR_ORDER is %s, not forward, reverse or random", value);
}

// Hooks and red zones work with one thread: the order of accesses and the address of shared memory are plain.
unsigned threads() {
#if defined(CUDASHIM_RACES) || defined(CUDASHIM_ASAN)
    return 1;
#else
    const long long given = number("THREADS", std::thread::hardware_concurrency());
    return given < 1 ? 1 : static_cast<unsigned>(given);
#endif
}

}  // namespace

const Settings& settings() {
    // Never destroyed: the report at the process's end asks, too.
    static const Settings& all = *new Settings{
        capability(),
        static_cast<std::size_t>(number("MEMORY", 16ll << 30)),
        static_cast<int>(number("DEVICES", 1)),
        static_cast<int>(number("DRIVER", 12080)),
        static_cast<int>(number("INIT_ERROR", 0)),
        static_cast<long>(number("OOM_AT", 0)),
        static_cast<long>(number("LAUNCH_FAILURE_AT", 0)),
        number("CAPTURE", 1) != 0,
        order(),
        static_cast<std::uint64_t>(number("SEED", 1)),
        threads(),
        number("QUIET", 0) != 0,
        variable("KERNELS") ? variable("KERNELS") : "",
    };
    return all;
}

}  // namespace cudashim
