// Modules: images that hold kernels by name.
#include "module.h"

#include <cstring>
#include <fstream>
#include <iterator>

#include "../runtime/settings.h"

namespace simulator {
namespace {

using cudashim::format;
using cudashim::report;

int load_cubin(const Cubin& cubin, Module& module) {
    const int capability = cudashim::settings().capability;
    // A cubin runs on its own generation, and there on no lesser device than its own.
    if (cubin.capability / 10 != capability / 10 || cubin.capability > capability) {
        report(format("a cubin for sm_%d on a device of sm_%d", cubin.capability, capability));
        return NO_BINARY_FOR_GPU;
    }
    if (cubin.driver > cudashim::settings().driver_version) return INVALID_IMAGE;
    module.cubin = cubin;
    return SUCCESS;
}

int load_ptx(const Cubin& ptx, Module& module) {
    if (ptx.driver > cudashim::settings().driver_version) return UNSUPPORTED_PTX_VERSION;
    if (ptx.capability > cudashim::settings().capability) return NO_BINARY_FOR_GPU;
    module.cubin = ptx;
    return SUCCESS;
}

int load_blob(const Blob& blob, const char* path, Module& module) {
    if (blob.capability > cudashim::settings().capability) return NO_BINARY_FOR_GPU;
    module.built = cudashim::KernelModule::open(path);
    return module.built ? SUCCESS : INVALID_IMAGE;
}

int load(void** out, const void* image) {
    if (!out || !image) return INVALID_VALUE;
    auto module = std::make_shared<Module>();
    int result = INVALID_IMAGE;
    if (!std::memcmp(image, Blob::MAGIC, sizeof Blob::magic)) {
        const auto* blob = static_cast<const Blob*>(image);
        result = load_blob(*blob, reinterpret_cast<const char*>(blob + 1), *module);
    } else if (const auto cubin = read_cubin(static_cast<const unsigned char*>(image))) {
        result = load_cubin(*cubin, *module);
    } else if (const auto ptx = read_ptx(static_cast<const char*>(image))) {
        result = load_ptx(*ptx, *module);
    } else {
        report("an image that is neither a cubin, nor PTX, nor of the simulated compiler");
    }
    if (result == SUCCESS) *out = handles<Module>().add(module);
    return result;
}

/// The kernel of a name: the image must hold it, and for a cubin g++ must have compiled its source, too.
int find_kernel(const Module& module, Function& function) {
    const char* name = function.name.c_str();
    if (module.built) {
        function.kernel = {module.built->find(name), module.built};
        return function.kernel.kernel ? SUCCESS : NOT_FOUND;
    }
    const auto found = module.cubin.kernels.find(name);
    if (found == module.cubin.kernels.end()) return NOT_FOUND;
    function.facts = found->second;
    function.kernel = cudashim::find_built_kernel(name);
    if (function.kernel.kernel) return SUCCESS;
    report(format("the cubin holds %s, but no shared object in CUDA_SIMULATOR_KERNELS does", name));
    return NOT_FOUND;
}

}  // namespace
}  // namespace simulator

using namespace simulator;

CONTEXT_CALL(cuModuleLoadData, void** out, const void* image) { return load(out, image); } END_CALL

CONTEXT_CALL(cuModuleLoadDataEx, void** out, const void* image, unsigned, int*, void**) {
    return load(out, image);
} END_CALL

CONTEXT_CALL(cuModuleLoad, void** out, const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return FILE_NOT_FOUND;
    const std::vector<char> image{std::istreambuf_iterator<char>(file), {}};
    return image.empty() ? INVALID_IMAGE : load(out, image.data());
} END_CALL

CONTEXT_CALL(cuModuleUnload, void* handle) {
    return handles<Module>().remove(handle) ? SUCCESS : INVALID_HANDLE;
} END_CALL

CONTEXT_CALL(cuModuleGetFunction, void** out, void* handle, const char* name) {
    const auto module = handles<Module>().find(handle);
    if (!module) return INVALID_HANDLE;
    if (const auto known = module->functions.find(name); known != module->functions.end()) {
        *out = known->second.get();
        return SUCCESS;
    }
    auto function = std::make_shared<Function>(Function{name, {}, {}, 48 << 10});
    if (const int result = find_kernel(*module, *function)) return result;
    module->functions[name] = function;
    *out = handles<Function>().add(function);
    return SUCCESS;
} END_CALL
