// Shared objects of kernels that g++ compiled, and what lies in them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../shim/kernel.h"

namespace cudashim {

struct Range {
    std::uintptr_t begin = 0;
    std::size_t bytes = 0;
    bool contains(std::uintptr_t address) const { return address - begin < bytes; }
};

/// An opened shared object; it stays open until the process ends.
class KernelModule {
public:
    /// The module of a file, opened once; null with a report if it is none.
    static const KernelModule* open(const std::string& path);
    /// Calls `f` with each kernel of each file that was opened.
    static void for_each(const std::function<void(const Kernel&)>& f);

    const Kernel* find(const std::string& name) const;
    const std::string& path() const { return path_; }
    /// Code, constants and global variables.
    Range image() const { return image_; }
    /// The static shared memory of the block that this thread of the system runs.
    Range shared_here() const;

private:
    std::string path_;
    void* handle_;
    const Kernel* kernels_;
    Range image_;
    std::size_t shared_bytes_;
    std::size_t shared_id_;
};

struct FoundKernel {
    const Kernel* kernel = nullptr;
    const KernelModule* module = nullptr;
};

/// Notes that a kernel runs.
void note_run(const Kernel* kernel);
/// The kernels of opened files that have not run yet.
std::vector<std::string> idle_kernels();

/// Looks for a kernel in the files that CUDA_SIMULATOR_KERNELS names.
FoundKernel find_built_kernel(const std::string& name);

}  // namespace cudashim
