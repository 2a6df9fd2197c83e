#pragma once
#include "image.h"
#include "objects.h"

namespace simulator {

struct Module {
    Cubin cubin;
    const cudashim::KernelModule* built = nullptr;  ///< of the simulated compiler; else kernels come by name
    std::map<std::string, std::shared_ptr<Function>> functions;
};

}  // namespace simulator
