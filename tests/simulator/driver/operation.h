// Work in a stream's queue or a graph: nothing of it runs before somebody waits for it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "../runtime/fault.h"
#include "../shim/thread.h"
#include "api.h"

namespace simulator {

struct Event;
struct Function;
struct Stream;

/// A kernel with its own copy of the parameters, as the caller's may be gone when it runs.
struct KernelOperation {
    std::shared_ptr<Function> function;
    cudashim::Grid grid;
    unsigned dynamic_shared;
    std::vector<std::vector<unsigned char>> values;

    std::vector<void*> parameters() const;
};

enum class Direction { HostToDevice, DeviceToHost, DeviceToDevice };

struct CopyOperation {
    Direction direction;
    std::uint64_t target;
    std::uint64_t source;
    std::size_t bytes;
    std::shared_ptr<std::vector<unsigned char>> staged;  ///< what pageable memory held when the copy was asked for
};

struct FillOperation {
    DevicePointer target;
    std::uint32_t value;
    unsigned width;  ///< bytes of an element
    std::size_t count;
};

struct RecordOperation {
    std::shared_ptr<Event> event;
    std::uint64_t ticket;  ///< 0 in a graph: each launch has the next one
};

struct WaitOperation {
    std::shared_ptr<Event> event;
    std::uint64_t ticket;
};

struct FreeOperation {
    DevicePointer address;
};

struct HostOperation {
    void (*function)(void*);
    void* data;
};

struct GraphOperation;

using Operation = std::variant<KernelOperation, CopyOperation, FillOperation, RecordOperation, WaitOperation,
                               FreeOperation, HostOperation, GraphOperation>;

/// The nodes of a graph as they were when it was launched.
struct GraphOperation {
    std::shared_ptr<std::vector<Operation>> nodes;
};

std::optional<cudashim::Fault> run(Operation& operation);

}  // namespace simulator
