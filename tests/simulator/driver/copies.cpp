// Copies and fills, on a stream or at once.
#include <cstring>

#include "capture.h"

using namespace simulator;

namespace {

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

// Pageable memory is read when the copy is asked for, pinned memory when it runs: who changes that too early shows.
int to_device(Context& context, DevicePointer target, const void* source, std::size_t bytes, const void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (!source) return INVALID_VALUE;
    if (bytes == 0) return SUCCESS;
    if (const int wrong = check_range(target, bytes, "copy to the device")) return wrong;
    CopyOperation copy{Direction::HostToDevice, target, address_of(source), bytes, nullptr};
    if (!stream->capture && !is_pinned(source, bytes)) {
        const auto* first = static_cast<const unsigned char*>(source);
        copy.staged = std::make_shared<std::vector<unsigned char>>(first, first + bytes);
    }
    return submit(stream, copy);
}

// A copy to pageable memory has happened when the call returns.
int to_host(Context& context, void* target, DevicePointer source, std::size_t bytes, const void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (!target) return INVALID_VALUE;
    if (bytes == 0) return SUCCESS;
    if (const int wrong = check_range(source, bytes, "copy from the device")) return wrong;
    const int result = submit(stream, CopyOperation{Direction::DeviceToHost, address_of(target), source, bytes, nullptr});
    if (result || stream->capture || is_pinned(target, bytes)) return result;
    return synchronize(*stream);
}

int on_device(Context& context, DevicePointer target, DevicePointer source, std::size_t bytes, const void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (bytes == 0) return SUCCESS;
    if (const int wrong = check_range(source, bytes, "copy from the device")) return wrong;
    if (const int wrong = check_range(target, bytes, "copy to the device")) return wrong;
    return submit(stream, CopyOperation{Direction::DeviceToDevice, target, source, bytes, nullptr});
}

int fill(Context& context, DevicePointer target, std::uint32_t value, unsigned width, std::size_t count,
         const void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (target % width) return INVALID_VALUE;
    if (count == 0) return SUCCESS;
    if (const int wrong = check_range(target, count * width, "memset")) return wrong;
    return submit(stream, FillOperation{target, value, width, count});
}

/// The calls without a stream work on the null stream and return when they are done.
int finish(Context& context, int result) { return result ? result : synchronize(*context.null_stream); }

}  // namespace

CONTEXT_CALL(cuMemcpyHtoDAsync_v2, DevicePointer target, const void* source, std::size_t bytes, void* stream) {
    return to_device(context, target, source, bytes, stream);
} END_CALL
CONTEXT_CALL(cuMemcpyDtoHAsync_v2, void* target, DevicePointer source, std::size_t bytes, void* stream) {
    return to_host(context, target, source, bytes, stream);
} END_CALL
CONTEXT_CALL(cuMemcpyDtoDAsync_v2, DevicePointer target, DevicePointer source, std::size_t bytes, void* stream) {
    return on_device(context, target, source, bytes, stream);
} END_CALL
CONTEXT_CALL(cuMemsetD8Async, DevicePointer target, unsigned char value, std::size_t count, void* stream) {
    return fill(context, target, value, 1, count, stream);
} END_CALL
CONTEXT_CALL(cuMemsetD32Async, DevicePointer target, unsigned value, std::size_t count, void* stream) {
    return fill(context, target, value, 4, count, stream);
} END_CALL

CONTEXT_CALL(cuMemcpyHtoD_v2, DevicePointer target, const void* source, std::size_t bytes) {
    return finish(context, to_device(context, target, source, bytes, nullptr));
} END_CALL
CONTEXT_CALL(cuMemcpyDtoH_v2, void* target, DevicePointer source, std::size_t bytes) {
    return finish(context, to_host(context, target, source, bytes, nullptr));
} END_CALL
CONTEXT_CALL(cuMemcpyDtoD_v2, DevicePointer target, DevicePointer source, std::size_t bytes) {
    return finish(context, on_device(context, target, source, bytes, nullptr));
} END_CALL
CONTEXT_CALL(cuMemsetD8_v2, DevicePointer target, unsigned char value, std::size_t count) {
    return finish(context, fill(context, target, value, 1, count, nullptr));
} END_CALL
CONTEXT_CALL(cuMemsetD32_v2, DevicePointer target, unsigned value, std::size_t count) {
    return finish(context, fill(context, target, value, 4, count, nullptr));
} END_CALL
