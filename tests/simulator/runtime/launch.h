// Launches: the blocks of a grid over the threads of the system.
#pragma once
#include <optional>

#include "block.h"
#include "module.h"

namespace cudashim {

/// Runs a kernel from its first block to its last; returns what went wrong first.
std::optional<Fault> run_launch(const FoundKernel& kernel, const Grid& grid, std::size_t dynamic_shared,
                                void* const* parameters);

}  // namespace cudashim
