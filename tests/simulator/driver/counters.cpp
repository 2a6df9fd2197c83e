// What tests ask the simulator itself: counts of calls, live memory, and a report at the process's end.
#include <map>
#include <string>

#include "objects.h"

namespace simulator {
namespace {

struct Counts {
    std::map<std::string, std::uint64_t> of;
    std::uint64_t all = 0;
};

Counts& counts() {
    static Counts& counts = *new Counts;
    return counts;
}

// Memory that nobody freed, named one by one as far as a report is readable.
struct LeakReport {
    ~LeakReport() {
        const auto live = cudashim::device_memory().live();
        if (live.empty()) return;
        std::size_t bytes = 0;
        std::string sizes;
        for (std::size_t i = 0; i < live.size(); i++) {
            bytes += live[i].bytes;
            if (i < 8) sizes += (i ? ", " : "") + std::to_string(live[i].bytes);
        }
        cudashim::report(cudashim::format("leak: %zu allocations, %zu bytes never freed (sizes %s%s)", live.size(), bytes,
                                          sizes.c_str(), live.size() > 8 ? ", ..." : ""));
    }
} leak_report;

}  // namespace

void count_call(const char* name) {
    std::lock_guard guard(driver_lock());
    counts().of[name]++;
    counts().all++;
}

}  // namespace simulator

using namespace simulator;

/// The number of calls of a driver function since the last reset; of all of them for a null name.
SIMULATOR_EXPORT std::uint64_t cudaSimulatorCalls(const char* name) {
    std::lock_guard guard(driver_lock());
    return name ? counts().of[name] : counts().all;
}

SIMULATOR_EXPORT void cudaSimulatorResetCalls() {
    std::lock_guard guard(driver_lock());
    counts() = {};
}

/// The kernels that were loaded and have not run, a line each; the text stays until the next call.
SIMULATOR_EXPORT const char* cudaSimulatorIdleKernels() {
    static std::string& names = *new std::string;
    std::lock_guard guard(driver_lock());
    names.clear();
    for (const std::string& name : cudashim::idle_kernels()) names += name + "\n";
    return names.c_str();
}

SIMULATOR_EXPORT std::uint64_t cudaSimulatorLiveAllocations() { return cudashim::device_memory().live().size(); }

SIMULATOR_EXPORT std::uint64_t cudaSimulatorLiveBytes() {
    std::uint64_t bytes = 0;
    for (const auto& allocation : cudashim::device_memory().live()) bytes += allocation.bytes;
    return bytes;
}
