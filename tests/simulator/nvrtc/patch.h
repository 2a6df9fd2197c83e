// Mistakes that tests plant into the sources that are compiled.
#pragma once
#include <string>

namespace simulator {

/// The source with the text replaced that CUDA_SIMULATOR_PATCH names: a file with what to replace, a line `=====`, and
/// what to put there. Each place counts. When the process ends without one, that is reported.
std::string patched(std::string source);

}  // namespace simulator
