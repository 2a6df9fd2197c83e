#include <cstdlib>
#include <cstring>

#include "image.h"

namespace simulator {
namespace {

// The first driver that knows a version of the language, newest first; versions stand as 88 for 8.8.
constexpr int VERSIONS[][2] = {
    {90, 13000}, {88, 12090}, {87, 12080}, {86, 12070}, {85, 12050}, {84, 12040}, {83, 12030}, {82, 12020},
    {81, 12010}, {80, 12000},
};

int driver_for(int version) {
    int driver = VERSIONS[0][1] + 1;
    for (const auto& [known, first] : VERSIONS) {
        if (version <= known) driver = first;
    }
    return driver;
}

/// What stands after a directive at the beginning of a line; null if there is none.
const char* after(const char* text, const char* directive) {
    const char* found = std::strstr(text, (std::string("\n") + directive + " ").c_str());
    return found ? found + std::strlen(directive) + 2 : nullptr;
}

}  // namespace

std::optional<Cubin> read_ptx(const char* text) {
    if (*text != '/' && *text != '.' && *text != '\n') return std::nullopt;
    const char *version = after(text, ".version"), *target = after(text, ".target");
    if (!version || !target || std::strncmp(target, "sm_", 3) != 0) return std::nullopt;
    Cubin ptx{std::atoi(target + 3), driver_for(10 * std::atoi(version) + std::atoi(std::strchr(version, '.') + 1)), {}};
    while ((text = after(text, ".visible .entry"))) {
        ptx.kernels[std::string(text, std::strcspn(text, "( \n"))] = {};
    }
    return ptx;
}

}  // namespace simulator
