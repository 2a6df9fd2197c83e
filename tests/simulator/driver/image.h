// What cuModuleLoadData is given: a cubin, PTX, or what the simulated compiler made.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace simulator {

/// The simulated compiler's "cubin": this header, then the path of a shared object, ended by a zero.
struct Blob {
    static constexpr char MAGIC[9] = "CUDASIM1";
    char magic[8];
    std::int32_t capability;
    std::int32_t path_bytes;
};

/// What a real cubin says of a kernel.
struct KernelFacts {
    unsigned static_shared = 0;  ///< bytes
    unsigned max_threads = 1024;
};

/// What a real cubin says of itself.
struct Cubin {
    int capability;
    int driver;  ///< the oldest one that takes it
    std::map<std::string, KernelFacts> kernels;
};

/// Reads a cubin's sections; nothing if it is not an ELF file for NVIDIA's machines.
std::optional<Cubin> read_cubin(const unsigned char* image);

/// Reads the directives of PTX as if it had been compiled; nothing if it is no such text.
std::optional<Cubin> read_ptx(const char* text);

}  // namespace simulator
