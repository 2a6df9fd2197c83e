#include "fault.h"

#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "settings.h"

namespace cudashim {
namespace {

std::string vformat(const char* pattern, va_list values) {
    char text[2048];
    std::vsnprintf(text, sizeof text, pattern, values);
    return text;
}

// One write a line, so that lines of several threads do not mix.
void print(const std::string& message) {
    const std::string line = "cuda simulator: " + message + "\n";
    if (write(STDERR_FILENO, line.data(), line.size()) < 0) std::abort();
}

}  // namespace

std::string format(const char* pattern, ...) {
    va_list values;
    va_start(values, pattern);
    std::string text = vformat(pattern, values);
    va_end(values);
    return text;
}

void report(const std::string& message) {
    if (!settings().quiet) print(message);
}

void die(const char* pattern, ...) {
    va_list values;
    va_start(values, pattern);
    print(vformat(pattern, values));
    std::_Exit(96);
}

}  // namespace cudashim
