#include <elf.h>

#include <cstring>

#include "image.h"

namespace simulator {
namespace {

constexpr int EM_NVIDIA = 190;
constexpr unsigned char ABI_CUDA_13 = 8;

const std::string TEXT = ".text.", SHARED = ".nv.shared.";

bool starts_with(const std::string& name, const std::string& prefix) { return name.rfind(prefix, 0) == 0; }

}  // namespace

std::optional<Cubin> read_cubin(const unsigned char* image) {
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
    if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_machine != EM_NVIDIA) {
        return std::nullopt;
    }
    Cubin cubin{};
    // CUDA 13 moved the architecture up by a byte.
    const bool newer = header->e_ident[EI_ABIVERSION] >= ABI_CUDA_13;
    cubin.capability = static_cast<int>(newer ? header->e_flags >> 8 & 0xff : header->e_flags & 0xff);
    const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image + header->e_shoff);
    const char* names = reinterpret_cast<const char*>(image + sections[header->e_shstrndx].sh_offset);
    std::map<std::string, std::uint64_t> shared;
    for (int i = 0; i < header->e_shnum; i++) {
        const std::string name = names + sections[i].sh_name;
        if (starts_with(name, TEXT)) cubin.kernels.emplace(name.substr(TEXT.size()), 0);
        if (starts_with(name, SHARED)) shared[name.substr(SHARED.size())] = sections[i].sh_size;
    }
    for (auto& [name, bytes] : cubin.kernels) {
        if (const auto found = shared.find(name); found != shared.end()) bytes = found->second;
    }
    return cubin;
}

}  // namespace simulator
