// Sources to shared objects, each compiled once: the results are kept in a folder by the hash of all that matters.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace simulator {

struct Source {
    std::string text;
    std::string name;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names and texts
    std::vector<std::string> options;
    int architecture;
};

struct Compiled {
    std::string path;  ///< empty if it did not compile
    std::string log;
};

Compiled compile(const Source& source);

}  // namespace simulator
