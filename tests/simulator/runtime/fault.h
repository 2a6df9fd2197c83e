// What goes wrong in a kernel, and how it is told.
#pragma once
#include <optional>
#include <string>

namespace cudashim {

constexpr int ILLEGAL_ADDRESS = 700;
constexpr int LAUNCH_FAILED = 719;

/// An error of a launch: a CUresult and a sentence that names kernel, block and thread.
struct Fault {
    int code;
    std::string message;
};

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

/// Prints a line on the standard error, unless reports are off.
void report(const std::string& message);

/// Ends the process: the simulator itself was set up wrongly.
[[noreturn]] void die(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

}  // namespace cudashim
