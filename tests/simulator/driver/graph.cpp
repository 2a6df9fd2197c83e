// Graphs: captured work that is launched again and again, with other parameters if they are set.
#include <cstring>

#include "capture.h"
#include "kernel.h"

namespace simulator {
namespace {

/// A graph ready to be launched. Launches share its nodes until somebody changes them.
struct Executable {
    std::map<const void*, std::size_t> places;
    std::shared_ptr<std::vector<Operation>> nodes;

    Operation* change(const void* node) {
        const auto found = places.find(node);
        if (found == places.end()) return nullptr;
        if (nodes.use_count() > 1) nodes = std::make_shared<std::vector<Operation>>(*nodes);
        return &(*nodes)[found->second];
    }
};

struct KernelParameters {
    void* function;
    unsigned grid[3], block[3], shared;
    void** parameters;
    void** extra;
    void* kernel;
    void* context;
};

struct FillParameters {
    DevicePointer target;
    std::size_t pitch;
    unsigned value, width;
    std::size_t count, rows;
};

/// CUDA_MEMCPY3D; only rows of bytes are copied.
struct CopyParameters {
    struct End {
        std::size_t x, y, z, level;
        unsigned memory;
        std::uint64_t host;
        DevicePointer device;
        void* array;
        void* reserved;
        std::size_t pitch, height;
    } source, target;
    std::size_t bytes, height, depth;
};
enum MemoryType : unsigned { HOST = 1, DEVICE = 2 };

enum NodeType { KERNEL_NODE = 0, COPY_NODE = 1, FILL_NODE = 2, HOST_NODE = 3, RECORD_NODE = 7 };

NodeType type_of(const Operation& operation) {
    if (std::holds_alternative<KernelOperation>(operation)) return KERNEL_NODE;
    if (std::holds_alternative<CopyOperation>(operation)) return COPY_NODE;
    if (std::holds_alternative<FillOperation>(operation)) return FILL_NODE;
    if (std::holds_alternative<RecordOperation>(operation)) return RECORD_NODE;
    return HOST_NODE;
}

std::shared_ptr<Node> find_node(const void* handle) { return handles<Node>().find(handle); }

template <class T> T* operation_of(const std::shared_ptr<Node>& node) {
    return node ? std::get_if<T>(&node->operation) : nullptr;
}

int instantiate(void** out, const void* handle) {
    const auto graph = handles<Graph>().find(handle);
    if (!graph || !out) return INVALID_HANDLE;
    auto executable = std::make_shared<Executable>();
    executable->nodes = std::make_shared<std::vector<Operation>>();
    for (const auto& node : graph->nodes) {
        executable->places[node.get()] = executable->nodes->size();
        executable->nodes->push_back(node->operation);
    }
    *out = handles<Executable>().add(executable);
    return SUCCESS;
}

/// Puts an operation of the same kind in a node's place.
int replace(const void* executable_handle, const void* node, Operation operation) {
    const auto executable = handles<Executable>().find(executable_handle);
    Operation* place = executable ? executable->change(node) : nullptr;
    if (!place) return INVALID_HANDLE;
    if (type_of(*place) != type_of(operation)) return INVALID_VALUE;
    *place = std::move(operation);
    return SUCCESS;
}

}  // namespace
}  // namespace simulator

using namespace simulator;

CONTEXT_CALL(cuGraphInstantiateWithFlags, void** out, void* graph, unsigned long long) {
    return instantiate(out, graph);
} END_CALL

CONTEXT_CALL(cuGraphLaunch, void* handle, void* stream_handle) {
    const auto executable = handles<Executable>().find(handle);
    const auto stream = find_stream(context, stream_handle);
    if (!executable || !stream) return INVALID_HANDLE;
    if (stream->capture) return NOT_SUPPORTED;
    for (const Operation& node : *executable->nodes) {
        const auto* record = std::get_if<RecordOperation>(&node);
        if (!record) continue;
        record->event->recorded++;
        record->event->stream = stream;
    }
    return enqueue(stream, GraphOperation{executable->nodes});
} END_CALL

CONTEXT_CALL(cuGraphUpload, void* handle, void*) {
    return handles<Executable>().find(handle) ? SUCCESS : INVALID_HANDLE;
} END_CALL

CONTEXT_CALL(cuGraphExecDestroy, void* handle) {
    return handles<Executable>().remove(handle) ? SUCCESS : INVALID_HANDLE;
} END_CALL

CONTEXT_CALL(cuGraphDestroy, void* handle) {
    const auto graph = handles<Graph>().find(handle);
    if (!graph) return INVALID_HANDLE;
    for (const auto& node : graph->nodes) handles<Node>().remove(node.get());
    handles<Graph>().remove(handle);
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphGetNodes, void* handle, void** nodes, std::size_t* count) {
    const auto graph = handles<Graph>().find(handle);
    if (!graph || !count) return INVALID_HANDLE;
    if (nodes) {
        if (*count > graph->nodes.size()) *count = graph->nodes.size();
        for (std::size_t i = 0; i < *count; i++) nodes[i] = handles<Node>().add(graph->nodes[i]);
    } else {
        *count = graph->nodes.size();
    }
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphNodeGetType, void* handle, int* type) {
    const auto node = find_node(handle);
    if (!node) return INVALID_HANDLE;
    *type = type_of(node->operation);
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphKernelNodeGetParams_v2, void* handle, KernelParameters* out) {
    const auto node = find_node(handle);
    auto* kernel = operation_of<KernelOperation>(node);
    if (!kernel) return INVALID_HANDLE;
    node->parameters = kernel->parameters();
    const dim3 grid = kernel->grid.blocks, block = kernel->grid.threads;
    *out = {kernel->function.get(),  {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, kernel->dynamic_shared,
            node->parameters.data(), nullptr,                  nullptr,                     &context};
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphExecKernelNodeSetParams_v2, void* executable, void* node, const KernelParameters* set) {
    KernelOperation kernel;
    const unsigned *grid = set->grid, *block = set->block;
    if (set->extra) return NOT_SUPPORTED;
    if (const int wrong = make_kernel(set->function, {{grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}},
                                      set->shared, set->parameters, kernel)) {
        return wrong;
    }
    return replace(executable, node, std::move(kernel));
} END_CALL

CONTEXT_CALL(cuGraphMemsetNodeGetParams, void* handle, FillParameters* out) {
    const auto* fill = operation_of<FillOperation>(find_node(handle));
    if (!fill) return INVALID_HANDLE;
    *out = {fill->target, 0, fill->value, fill->width, fill->count, 1};
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphExecMemsetNodeSetParams, void* executable, void* node, const FillParameters* set, void*) {
    if (set->rows != 1) return NOT_SUPPORTED;
    if (const int wrong = check_range(set->target, set->count * set->width, "memset")) return wrong;
    return replace(executable, node, FillOperation{set->target, set->value, set->width, set->count});
} END_CALL

CONTEXT_CALL(cuGraphMemcpyNodeGetParams, void* handle, CopyParameters* out) {
    const auto* copy = operation_of<CopyOperation>(find_node(handle));
    if (!copy) return INVALID_HANDLE;
    std::memset(out, 0, sizeof *out);
    const bool from_host = copy->direction == Direction::HostToDevice, to_host = copy->direction == Direction::DeviceToHost;
    out->source.memory = from_host ? HOST : DEVICE;
    (from_host ? out->source.host : out->source.device) = copy->source;
    out->target.memory = to_host ? HOST : DEVICE;
    (to_host ? out->target.host : out->target.device) = copy->target;
    out->bytes = copy->bytes;
    out->height = out->depth = 1;
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuGraphExecMemcpyNodeSetParams, void* executable, void* node, const CopyParameters* set, void*) {
    if (set->height != 1 || set->depth != 1) return NOT_SUPPORTED;
    const bool from_host = set->source.memory == HOST, to_host = set->target.memory == HOST;
    if (from_host && to_host) return NOT_SUPPORTED;
    const std::uint64_t source = (from_host ? set->source.host : set->source.device) + set->source.x;
    const std::uint64_t target = (to_host ? set->target.host : set->target.device) + set->target.x;
    if (!from_host && check_range(source, set->bytes, "copy from the device")) return INVALID_VALUE;
    if (!to_host && check_range(target, set->bytes, "copy to the device")) return INVALID_VALUE;
    const Direction direction = from_host ? Direction::HostToDevice
                                : to_host ? Direction::DeviceToHost
                                          : Direction::DeviceToDevice;
    return replace(executable, node, CopyOperation{direction, target, source, set->bytes, nullptr});
} END_CALL

// The new graph's nodes take the places of the old one's, in order, if they are of the same kinds.
CONTEXT_CALL(cuGraphExecUpdate_v2, void* handle, void* graph_handle, void*) {
    const auto executable = handles<Executable>().find(handle);
    const auto graph = handles<Graph>().find(graph_handle);
    if (!executable || !graph) return INVALID_HANDLE;
    if (graph->nodes.size() != executable->nodes->size()) return GRAPH_EXEC_UPDATE_FAILURE;
    for (std::size_t i = 0; i < graph->nodes.size(); i++) {
        if (type_of(graph->nodes[i]->operation) != type_of((*executable->nodes)[i])) return GRAPH_EXEC_UPDATE_FAILURE;
    }
    executable->nodes = std::make_shared<std::vector<Operation>>();
    for (const auto& node : graph->nodes) executable->nodes->push_back(node->operation);
    return SUCCESS;
} END_CALL
