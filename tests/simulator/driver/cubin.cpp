#include <elf.h>

#include <cstring>

#include "image.h"

namespace simulator {
namespace {

constexpr int EM_NVIDIA = 190;
constexpr unsigned char ABI_CUDA_13 = 8;

const std::string TEXT = ".text.", SHARED = ".nv.shared.", INFO = ".nv.info.";

// The attributes of `.nv.info.NAME`: a format, a name and two bytes, which count those that follow if the format says so.
constexpr unsigned char SIZED = 4, MAX_THREADS = 5;
struct Attribute {
    std::uint8_t format, name;
    std::uint16_t bytes;
};

bool starts_with(const std::string& name, const std::string& prefix) { return name.rfind(prefix, 0) == 0; }

/// The product of `__launch_bounds__`, or what every kernel may have.
unsigned max_threads(const unsigned char* info, std::size_t bytes) {
    for (std::size_t at = 0; at + sizeof(Attribute) <= bytes;) {
        Attribute attribute;
        std::memcpy(&attribute, info + at, sizeof attribute);
        at += sizeof attribute;
        if (attribute.format != SIZED) continue;
        std::uint32_t size[3];
        if (attribute.name == MAX_THREADS && attribute.bytes == sizeof size) {
            std::memcpy(size, info + at, sizeof size);
            return size[0] * size[1] * size[2];
        }
        at += attribute.bytes;
    }
    return KernelFacts{}.max_threads;
}

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
    cubin.driver = newer ? 13000 : 0;
    cubin.capability = static_cast<int>(newer ? header->e_flags >> 8 & 0xff : header->e_flags & 0xff);
    const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image + header->e_shoff);
    const char* names = reinterpret_cast<const char*>(image + sections[header->e_shstrndx].sh_offset);
    const auto name_of = [&](int i) -> std::string { return names + sections[i].sh_name; };
    for (int i = 0; i < header->e_shnum; i++) {
        if (starts_with(name_of(i), TEXT)) cubin.kernels[name_of(i).substr(TEXT.size())] = {};
    }
    for (auto& [kernel, facts] : cubin.kernels) {
        for (int i = 0; i < header->e_shnum; i++) {
            if (name_of(i) == SHARED + kernel) facts.static_shared = static_cast<unsigned>(sections[i].sh_size);
            if (name_of(i) == INFO + kernel) {
                facts.max_threads = max_threads(image + sections[i].sh_offset, sections[i].sh_size);
            }
        }
    }
    return cubin;
}

}  // namespace simulator
