// What every function of the simulated driver shares: result codes, and the way into it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "../runtime/fault.h"

namespace simulator {

enum Result : int {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    UNSUPPORTED_PTX_VERSION = 222,
    FILE_NOT_FOUND = 301,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    NOT_SUPPORTED = 801,
    STREAM_CAPTURE_UNSUPPORTED = 900,
    STREAM_CAPTURE_INVALIDATED = 901,
    STREAM_CAPTURE_UNMATCHED = 903,
    STREAM_CAPTURE_UNJOINED = 904,
    CAPTURED_EVENT = 907,
    GRAPH_EXEC_UPDATE_FAILURE = 910,
};

using DevicePointer = std::uint64_t;

struct Context;

/// Counts a call by its name; `cudaSimulatorCalls` tells the counts.
void count_call(const char* name);
/// One call at a time is inside of the driver.
std::recursive_mutex& driver_lock();

bool initialized();
/// This thread's context, and what keeps it from being used: none is current, or a kernel has ended it.
Context* current_context();
int context_error();

/// A call that needs no context.
template <class Body> int call(const char* name, Body body) {
    std::lock_guard guard(driver_lock());
    count_call(name);
    if (!initialized()) return NOT_INITIALIZED;
    return body();
}

/// A call that works in the current context.
template <class Body> int call_in_context(const char* name, Body body) {
    std::lock_guard guard(driver_lock());
    count_call(name);
    if (!initialized()) return NOT_INITIALIZED;
    if (const int error = context_error()) return error;
    return body(*current_context());
}

}  // namespace simulator

#define SIMULATOR_EXPORT extern "C" __attribute__((visibility("default")))
/// Opens the body of a call: `DRIVER_CALL(cuX, int* out) { ... return SUCCESS; } END_CALL`.
#define DRIVER_CALL(name, ...) SIMULATOR_EXPORT int name(__VA_ARGS__) { return ::simulator::call(#name, [&]() -> int
#define CONTEXT_CALL(name, ...)         \
    SIMULATOR_EXPORT int name(__VA_ARGS__) { \
        return ::simulator::call_in_context(#name, [&]([[maybe_unused]] ::simulator::Context & context) -> int
#define END_CALL ); }
