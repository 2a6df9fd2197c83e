#pragma once
#include "objects.h"

namespace simulator {

/// The largest dynamic shared memory that a kernel of the chosen capability may ask for.
unsigned max_shared_opt_in();

/// Checks a launch's shape and every address among its parameters, and copies these.
int make_kernel(const void* function, cudashim::Grid grid, unsigned dynamic_shared, void* const* parameters,
                KernelOperation& out);

}  // namespace simulator
