// Where work goes: into a stream's queue, or into the graph that the stream captures.
#pragma once
#include "objects.h"

namespace simulator {

struct Node {
    Operation operation;
    std::vector<void*> parameters = {};  ///< of a kernel, for who asks for them
};

/// The nodes stand in the order in which they were captured, which respects every dependency.
struct Graph {
    std::vector<std::shared_ptr<Node>> nodes;
};

int submit(const std::shared_ptr<Stream>& stream, Operation operation);

}  // namespace simulator
