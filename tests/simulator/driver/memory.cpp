// Allocations on the device, from its default pool, and pinned ones on the host.
#include <cstdlib>
#include <cstring>

#include "../runtime/settings.h"
#include "capture.h"

namespace simulator {
namespace {

using cudashim::device_memory;
using cudashim::format;
using cudashim::report;

std::map<std::uintptr_t, std::size_t>& pinned() {
    static auto& all = *new std::map<std::uintptr_t, std::size_t>;
    return all;
}

int allocate(DevicePointer* out, std::size_t bytes, Context& context) {
    static long allocations = 0;
    if (!out || bytes == 0) return INVALID_VALUE;
    if (++allocations == cudashim::settings().oom_at) return OUT_OF_MEMORY;
    *out = device_memory().allocate(bytes, context.device);
    return *out ? SUCCESS : OUT_OF_MEMORY;
}

int unknown(DevicePointer address, const char* call) {
    report(format("%s of 0x%lx, which is no live allocation", call, static_cast<unsigned long>(address)));
    return INVALID_VALUE;
}

int pin(void** out, std::size_t bytes) {
    if (!out || bytes == 0) return INVALID_VALUE;
    *out = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (!*out) return OUT_OF_MEMORY;
    std::memset(*out, 0xff, bytes);
    pinned()[reinterpret_cast<std::uintptr_t>(*out)] = bytes;
    return SUCCESS;
}

}  // namespace

int check_range(DevicePointer address, std::size_t bytes, const char* what) {
    const auto allocation = device_memory().find(address);
    if (allocation && !allocation->leaving && allocation->contains(address, bytes)) return SUCCESS;
    std::string where = "which is no live allocation";
    if (allocation) {
        where = allocation->leaving ? "which was freed in stream order"
                                    : format("past the end of an allocation of %zu bytes at 0x%lx", allocation->bytes,
                                             allocation->begin);
    }
    report(format("%s: %zu bytes at 0x%lx, %s", what, bytes, static_cast<unsigned long>(address), where.c_str()));
    return INVALID_VALUE;
}

bool is_pinned(const void* address, std::size_t bytes) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    auto above = pinned().upper_bound(at);
    if (above == pinned().begin()) return false;
    const auto [begin, size] = *std::prev(above);
    return at - begin <= size && bytes <= size - (at - begin);
}

}  // namespace simulator

using namespace simulator;
using cudashim::settings;

CONTEXT_CALL(cuMemAlloc_v2, DevicePointer* out, std::size_t bytes) {
    const int refused = refuse_in_capture(context);
    return refused ? refused : allocate(out, bytes, context);
} END_CALL

CONTEXT_CALL(cuMemAllocAsync, DevicePointer* out, std::size_t bytes, void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    return stream->capture ? NOT_SUPPORTED : allocate(out, bytes, context);
} END_CALL

CONTEXT_CALL(cuMemAllocFromPoolAsync, DevicePointer* out, std::size_t bytes, void*, void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    return stream->capture ? NOT_SUPPORTED : allocate(out, bytes, context);
} END_CALL

// Freeing at once waits for all work, as it may use the memory.
CONTEXT_CALL(cuMemFree_v2, DevicePointer address) {
    if (!address) return SUCCESS;
    if (const int refused = refuse_in_capture(context)) return refused;
    const int result = synchronize(context);
    return device_memory().release(address) ? result : unknown(address, "cuMemFree");
} END_CALL

CONTEXT_CALL(cuMemFreeAsync, DevicePointer address, void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (stream->capture) return NOT_SUPPORTED;
    if (!device_memory().leave(address)) return unknown(address, "cuMemFreeAsync");
    return enqueue(stream, FreeOperation{address});
} END_CALL

CONTEXT_CALL(cuMemGetInfo_v2, std::size_t* free, std::size_t* total) {
    *total = settings().memory_bytes;
    *free = *total - device_memory().used(context.device);
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuMemGetAddressRange_v2, DevicePointer* begin, std::size_t* bytes, DevicePointer address) {
    const auto allocation = device_memory().find(address);
    if (!allocation) return NOT_FOUND;
    if (begin) *begin = allocation->begin;
    if (bytes) *bytes = allocation->bytes;
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuMemHostAlloc, void** out, std::size_t bytes, unsigned) { return pin(out, bytes); } END_CALL

CONTEXT_CALL(cuMemAllocHost_v2, void** out, std::size_t bytes) { return pin(out, bytes); } END_CALL

// Work that still reads or writes the memory would find it gone.
CONTEXT_CALL(cuMemFreeHost, void* address) {
    const int result = synchronize(context);
    if (!pinned().erase(reinterpret_cast<std::uintptr_t>(address))) return INVALID_VALUE;
    std::free(address);
    return result;
} END_CALL

CONTEXT_CALL(cuMemHostRegister_v2, void* address, std::size_t bytes, unsigned) {
    if (!address || bytes == 0) return INVALID_VALUE;
    pinned()[reinterpret_cast<std::uintptr_t>(address)] = bytes;
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuMemHostUnregister, void* address) {
    const int result = synchronize(context);
    return pinned().erase(reinterpret_cast<std::uintptr_t>(address)) ? result : INVALID_VALUE;
} END_CALL

CONTEXT_CALL(cuMemHostGetDevicePointer_v2, DevicePointer* out, void* address, unsigned) {
    if (!is_pinned(address, 1)) return INVALID_VALUE;
    *out = reinterpret_cast<DevicePointer>(address);
    return SUCCESS;
} END_CALL

namespace {
// The one pool of a device: its attributes are kept and change nothing.
std::map<int, std::uint64_t> pool_attributes;
char pool;
}  // namespace

DRIVER_CALL(cuDeviceGetDefaultMemPool, void** out, int) { return *out = &pool, SUCCESS; } END_CALL
DRIVER_CALL(cuDeviceGetMemPool, void** out, int) { return *out = &pool, SUCCESS; } END_CALL
DRIVER_CALL(cuDeviceSetMemPool, int, void* handle) { return handle == &pool ? SUCCESS : INVALID_VALUE; } END_CALL
DRIVER_CALL(cuMemPoolTrimTo, void* handle, std::size_t) { return handle == &pool ? SUCCESS : INVALID_VALUE; } END_CALL
DRIVER_CALL(cuMemPoolSetAttribute, void* handle, int which, const std::uint64_t* value) {
    if (handle != &pool) return INVALID_VALUE;
    pool_attributes[which] = *value;
    return SUCCESS;
} END_CALL
DRIVER_CALL(cuMemPoolGetAttribute, void* handle, int which, std::uint64_t* value) {
    if (handle != &pool) return INVALID_VALUE;
    *value = pool_attributes[which];
    return SUCCESS;
} END_CALL
