#include "operation.h"

#include <chrono>
#include <cstring>

#include "objects.h"
#include "../runtime/settings.h"

namespace simulator {

using cudashim::Fault;
using cudashim::format;

namespace {

void* host(std::uint64_t address) { return reinterpret_cast<void*>(address); }

/// What was live when the work was queued may be freed by now.
std::optional<Fault> range_fault(DevicePointer address, std::size_t bytes, const char* what) {
    const auto allocation = cudashim::device_memory().find(address);
    if (allocation && allocation->contains(address, bytes)) return std::nullopt;
    return Fault{cudashim::ILLEGAL_ADDRESS, format("%s of %zu bytes at 0x%lx, outside of every live allocation", what,
                                                   bytes, static_cast<unsigned long>(address))};
}

std::optional<Fault> injected_failure(const std::string& name) {
    static long launches = 0;
    if (++launches != cudashim::settings().launch_failure_at) return std::nullopt;
    return Fault{cudashim::LAUNCH_FAILED, format("kernel %s fails, as launch %ld was asked to", name.c_str(), launches)};
}

/// Bytes around the arrays that the kernel was given, if it wrote them.
std::optional<Fault> overrun(const KernelOperation& kernel) {
    const auto& described = *kernel.function->kernel.kernel;
    for (unsigned i = 0; i < described.count; i++) {
        if (!described.parameters[i].pointer) continue;
        DevicePointer address;
        std::memcpy(&address, kernel.values[i].data(), sizeof address);
        const auto allocation = cudashim::device_memory().find(address);
        const auto text = allocation ? cudashim::device_memory().overrun(*allocation) : std::nullopt;
        if (text) return Fault{cudashim::ILLEGAL_ADDRESS, format("kernel %s, argument %u: %s",
                                                                 kernel.function->name.c_str(), i, text->c_str())};
    }
    return std::nullopt;
}

std::optional<Fault> run_one(KernelOperation& kernel) {
    if (auto fault = injected_failure(kernel.function->name)) return fault;
    const auto parameters = kernel.parameters();
    auto fault = cudashim::run_launch(kernel.function->kernel, kernel.grid, kernel.dynamic_shared, parameters.data());
    return fault ? fault : overrun(kernel);
}

std::optional<Fault> run_one(CopyOperation& copy) {
    if (copy.direction != Direction::HostToDevice) {
        if (auto fault = range_fault(copy.source, copy.bytes, "copy from the device")) return fault;
    }
    if (copy.direction != Direction::DeviceToHost) {
        if (auto fault = range_fault(copy.target, copy.bytes, "copy to the device")) return fault;
    }
    std::memmove(host(copy.target), copy.staged ? copy.staged->data() : host(copy.source), copy.bytes);
    return std::nullopt;
}

std::optional<Fault> run_one(FillOperation& fill) {
    if (auto fault = range_fault(fill.target, fill.width * fill.count, "memset")) return fault;
    auto* target = static_cast<unsigned char*>(host(fill.target));
    if (fill.width == 1) std::memset(target, static_cast<int>(fill.value), fill.count);
    else for (std::size_t i = 0; i < fill.count; i++) std::memcpy(target + i * fill.width, &fill.value, fill.width);
    return std::nullopt;
}

std::optional<Fault> run_one(RecordOperation& record) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    record.event->reached = record.ticket ? record.ticket : record.event->reached + 1;
    record.event->milliseconds = std::chrono::duration<double, std::milli>(now).count();
    return std::nullopt;
}

std::optional<Fault> run_one(WaitOperation& wait) {
    const auto stream = wait.event->stream.lock();
    while (stream && wait.event->reached < wait.ticket && !stream->queue.empty()) {
        run_until(*stream, stream->queue.front().sequence);
    }
    return std::nullopt;
}

std::optional<Fault> run_one(FreeOperation& free) {
    cudashim::device_memory().release(free.address);
    return std::nullopt;
}

std::optional<Fault> run_one(HostOperation& host) {
    host.function(host.data);
    return std::nullopt;
}

std::optional<Fault> run_one(GraphOperation& graph) {
    for (Operation& node : *graph.nodes) {
        if (auto fault = run(node)) return fault;
    }
    return std::nullopt;
}

}  // namespace

std::vector<void*> KernelOperation::parameters() const {
    std::vector<void*> pointers;
    for (const auto& value : values) pointers.push_back(const_cast<unsigned char*>(value.data()));
    return pointers;
}

std::optional<Fault> run(Operation& operation) {
    return std::visit([](auto& each) { return run_one(each); }, operation);
}

}  // namespace simulator
