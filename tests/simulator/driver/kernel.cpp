// Launches: what is checked of them before they are queued.
#include "kernel.h"

#include <cstring>

#include "../runtime/settings.h"
#include "capture.h"

namespace simulator {
namespace {

using cudashim::format;
using cudashim::report;

bool is_shape(dim3 size, unsigned x, unsigned y, unsigned z) {
    return size.x && size.y && size.z && size.x <= x && size.y <= y && size.z <= z;
}

/// Success if an address lies in a live allocation, at its end, or is not the device's at all.
int check_address(DevicePointer address, const Function& function, unsigned parameter) {
    auto& memory = cudashim::device_memory();
    if (!memory.is_device_address(address)) return SUCCESS;
    auto allocation = memory.find(address);
    if (!allocation) {
        const auto before = memory.find(address - 1);
        if (before && before->begin + before->bytes == address) allocation = before;
    }
    if (allocation && !allocation->leaving) return SUCCESS;
    report(format("kernel %s, argument %u: 0x%lx is in no live allocation", function.name.c_str(), parameter,
                  static_cast<unsigned long>(address)));
    return INVALID_VALUE;
}

/// Pointers must be the device's; in structures and numbers, whatever looks like an address of it must be live.
int check_parameter(const std::vector<unsigned char>& value, bool pointer, const Function& function, unsigned index) {
    for (std::size_t at = 0; at + sizeof(DevicePointer) <= value.size(); at += sizeof(DevicePointer)) {
        DevicePointer word;
        std::memcpy(&word, value.data() + at, sizeof word);
        if (const int wrong = check_address(word, function, index)) return wrong;
        if (!pointer || !word || cudashim::device_memory().is_device_address(word)) continue;
        if (is_pinned(reinterpret_cast<const void*>(word), 1)) continue;
        report(format("kernel %s, argument %u: 0x%lx is no address of the device", function.name.c_str(), index,
                      static_cast<unsigned long>(word)));
        return INVALID_VALUE;
    }
    return SUCCESS;
}

int launch(Context& context, const void* function, cudashim::Grid grid, unsigned shared, const void* handle,
           void* const* parameters, void* const* extra) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (extra) return NOT_SUPPORTED;
    KernelOperation kernel;
    if (const int wrong = make_kernel(function, grid, shared, parameters, kernel)) return wrong;
    return submit(stream, std::move(kernel));
}

}  // namespace

int make_kernel(const void* handle, cudashim::Grid grid, unsigned dynamic_shared, void* const* parameters,
                KernelOperation& out) {
    const auto function = handles<Function>().find(handle);
    if (!function) return INVALID_HANDLE;
    if (!is_shape(grid.blocks, 0x7fffffff, 65535, 65535) || !is_shape(grid.threads, 1024, 1024, 64) ||
        grid.threads.x * grid.threads.y * grid.threads.z > function->facts.max_threads) {
        report(format("kernel %s, at most %u threads: grid (%u, %u, %u) of blocks (%u, %u, %u)", function->name.c_str(),
                      function->facts.max_threads, grid.blocks.x, grid.blocks.y, grid.blocks.z, grid.threads.x,
                      grid.threads.y, grid.threads.z));
        return INVALID_VALUE;
    }
    if (dynamic_shared > function->max_dynamic_shared) {
        report(format("kernel %s: %u bytes of dynamic shared memory, but %u are set", function->name.c_str(),
                      dynamic_shared, function->max_dynamic_shared));
        return INVALID_VALUE;
    }
    const auto& described = *function->kernel.kernel;
    if (described.count > 0 && !parameters) return INVALID_VALUE;
    out = {function, grid, dynamic_shared, {}};
    for (unsigned i = 0; i < described.count; i++) {
        const auto* first = static_cast<const unsigned char*>(parameters[i]);
        if (!first) return INVALID_VALUE;
        out.values.emplace_back(first, first + described.parameters[i].size);
        if (const int wrong = check_parameter(out.values[i], described.parameters[i].pointer, *function, i)) return wrong;
    }
    return SUCCESS;
}

}  // namespace simulator

using namespace simulator;

CONTEXT_CALL(cuLaunchKernel, void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
             unsigned block_y, unsigned block_z, unsigned shared, void* stream, void** parameters, void** extra) {
    return launch(context, function, {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}}, shared, stream, parameters,
                  extra);
} END_CALL

struct LaunchConfig {
    unsigned grid[3], block[3], shared;
    void* stream;
    void* attributes;
    unsigned attribute_count;
};

CONTEXT_CALL(cuLaunchKernelEx, const LaunchConfig* config, void* function, void** parameters, void** extra) {
    if (config->attribute_count) return NOT_SUPPORTED;
    const unsigned* grid = config->grid;
    const unsigned* block = config->block;
    return launch(context, function, {{grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}}, config->shared,
                  config->stream, parameters, extra);
} END_CALL

namespace {
enum FunctionAttribute { MAX_THREADS, SHARED_BYTES, NUM_REGISTERS = 4, PTX_VERSION, BINARY_VERSION, MAX_DYNAMIC = 8 };
}

CONTEXT_CALL(cuFuncGetAttribute, int* value, int which, void* handle) {
    const auto function = handles<Function>().find(handle);
    if (!function) return INVALID_HANDLE;
    switch (which) {
    case MAX_THREADS: *value = static_cast<int>(function->facts.max_threads); break;
    case SHARED_BYTES: *value = static_cast<int>(function->facts.static_shared); break;
    case NUM_REGISTERS: *value = 32; break;
    case PTX_VERSION: case BINARY_VERSION: *value = cudashim::settings().capability; break;
    case MAX_DYNAMIC: *value = static_cast<int>(function->max_dynamic_shared); break;
    default: *value = 0;
    }
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuFuncSetAttribute, void* handle, int which, int value) {
    const auto function = handles<Function>().find(handle);
    if (!function) return INVALID_HANDLE;
    if (which != MAX_DYNAMIC) return SUCCESS;
    if (value < 0 || function->facts.static_shared + static_cast<unsigned>(value) > max_shared_opt_in()) return INVALID_VALUE;
    function->max_dynamic_shared = static_cast<unsigned>(value);
    return SUCCESS;
} END_CALL
