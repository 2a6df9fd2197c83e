// Devices and their contexts.
#include <cstdio>
#include <cstring>
#include <map>

#include "../runtime/settings.h"
#include "objects.h"

namespace simulator {
namespace {

bool ready = false;
thread_local Context* current = nullptr;

bool is_device(int device) { return device >= 0 && device < cudashim::settings().devices; }

/// The primary context of each device; kept when released, as handles to it may be around.
Context& primary(int device) {
    static auto& all = *new std::map<int, Context>;
    const auto [found, fresh] = all.try_emplace(device);
    Context& context = found->second;
    if (fresh) {
        context.device = device;
        context.null_stream = std::make_shared<Stream>(Stream{&context, true, {}, nullptr});
    }
    return context;
}

}  // namespace

bool initialized() { return ready; }
Context* current_context() { return current; }
int context_error() { return current ? current->dead : INVALID_CONTEXT; }

std::recursive_mutex& driver_lock() {
    static auto& lock = *new std::recursive_mutex;
    return lock;
}

unsigned max_shared_opt_in() {
    switch (cudashim::settings().capability) {
    case 75: return 64 << 10;
    case 80: return 163 << 10;
    case 86: case 89: case 120: return 99 << 10;
    default: return 227 << 10;
    }
}

namespace {

int attribute(int which) {
    const int capability = cudashim::settings().capability;
    switch (which) {
    case 1: case 2: case 3: return 1024;
    case 4: return 64;
    case 5: return 0x7fffffff;
    case 6: case 7: return 65535;
    case 8: return 48 << 10;
    case 9: return 64 << 10;
    case 10: return 32;
    case 12: case 82: return 65536;
    case 13: return 1410000;
    case 16: return 4;
    case 19: case 31: case 41: case 78: return 1;
    case 36: return 1215000;
    case 37: return 5120;
    case 38: return 40 << 20;
    case 39: return capability == 75 ? 1024 : 2048;
    case 75: return capability / 10;
    case 76: return capability % 10;
    case 81: return static_cast<int>(max_shared_opt_in()) + 1024;
    case 97: return static_cast<int>(max_shared_opt_in());
    case 106: return capability == 75 ? 16 : 32;
    case 111: return 1024;
    case 115: return 1;
    default: return 0;
    }
}

}  // namespace
}  // namespace simulator

using namespace simulator;
using cudashim::settings;

SIMULATOR_EXPORT int cuInit(unsigned flags) {
    std::lock_guard guard(driver_lock());
    count_call("cuInit");
    if (flags) return INVALID_VALUE;
    if (settings().init_error) return settings().init_error;
    if (settings().devices == 0) return 100;
    ready = true;
    return SUCCESS;
}

SIMULATOR_EXPORT int cuDriverGetVersion(int* version) {
    count_call("cuDriverGetVersion");
    *version = settings().driver_version;
    return SUCCESS;
}

DRIVER_CALL(cuDeviceGetCount, int* count) { return *count = settings().devices, SUCCESS; } END_CALL

DRIVER_CALL(cuDeviceGet, int* device, int ordinal) {
    return is_device(ordinal) ? *device = ordinal, SUCCESS : INVALID_DEVICE;
} END_CALL

DRIVER_CALL(cuDeviceGetName, char* name, int length, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    std::snprintf(name, length, "Simulated GPU %d", device);
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuDeviceGetUuid_v2, unsigned char* uuid, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    std::memset(uuid, 0, 16);
    uuid[15] = static_cast<unsigned char>(device + 1);
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuDeviceGetAttribute, int* value, int which, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    *value = attribute(which);
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuDeviceTotalMem_v2, std::size_t* bytes, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    *bytes = settings().memory_bytes;
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuDevicePrimaryCtxRetain, Context** context, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    *context = &primary(device);
    (*context)->references++;
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuDevicePrimaryCtxRelease_v2, int device) {
    if (!is_device(device)) return INVALID_DEVICE;
    Context& context = primary(device);
    if (context.references == 0) return INVALID_CONTEXT;
    context.references--;
    return SUCCESS;
} END_CALL

DRIVER_CALL(cuCtxGetCurrent, Context** context) { return *context = current, SUCCESS; } END_CALL

DRIVER_CALL(cuCtxSetCurrent, Context* context) { return current = context, SUCCESS; } END_CALL

CONTEXT_CALL(cuCtxGetDevice, int* device) { return *device = context.device, SUCCESS; } END_CALL

CONTEXT_CALL(cuCtxSynchronize) {
    const int refused = refuse_in_capture(context);
    return refused ? refused : synchronize(context);
} END_CALL
