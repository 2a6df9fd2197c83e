#include "compile.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

extern char** environ;

namespace simulator {
namespace {

namespace files = std::filesystem;

/// Two 64-bit FNV-1a hashes with different starts: an accidental match is out of the question.
class Hash {
public:
    void add(const std::string& text) {
        for (const unsigned char byte : text + '\0') {
            low_ = (low_ ^ byte) * PRIME;
            high_ = (high_ ^ byte) * PRIME + 1;
        }
    }
    std::string name() const {
        char hex[33];
        std::snprintf(hex, sizeof hex, "%016lx%016lx", high_, low_);
        return hex;
    }

private:
    static constexpr std::uint64_t PRIME = 0x100000001b3;
    std::uint64_t low_ = 0xcbf29ce484222325, high_ = 0x84222325cbf29ce4;
};

std::string read(const files::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const files::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

files::path cache_folder() {
    const char* given = std::getenv("CUDA_SIMULATOR_CACHE");
    files::path folder = given && *given ? given : SIMULATOR_FOLDER "/cache";
    files::create_directories(folder);
    return folder;
}

/// The shim and the compiler script are part of what was compiled.
std::string shim_text() {
    std::string text = read(SIMULATOR_SOURCES "/compile.sh");
    for (const auto& entry : files::directory_iterator(SIMULATOR_SOURCES "/shim")) text += read(entry.path());
    return text;
}

std::string hash_of(const Source& source) {
    static const std::string shim = shim_text();
    Hash hash;
    hash.add(shim);
    hash.add(source.text);
    for (const auto& [name, text] : source.headers) hash.add(name), hash.add(text);
    for (const auto& option : source.options) hash.add(option);
    return hash.name();
}

/// Holds a file's lock as long as it lives: one process compiles a source, others wait and find the result.
class Lock {
public:
    explicit Lock(const files::path& path) : file_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
        if (file_ >= 0) flock(file_, LOCK_EX);
    }
    ~Lock() { if (file_ >= 0) close(file_); }
    Lock(const Lock&) = delete;

private:
    int file_;
};

/// Runs a program with its output in a file; whether it ended well.
bool run(const std::vector<std::string>& words, const files::path& output) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    // The compiler itself runs without what was loaded into this process for its sake.
    std::vector<char*> environment;
    for (char** each = environ; *each; each++) {
        const std::string variable = *each;
        if (variable.rfind("LD_PRELOAD=", 0) != 0 && variable.rfind("LD_LIBRARY_PATH=", 0) != 0) environment.push_back(*each);
    }
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed) return false;
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Compiled compile(const Source& source) {
    const files::path folder = cache_folder();
    const std::string name = hash_of(source);
    if (const char* log = std::getenv("CUDA_SIMULATOR_SOURCES")) write(files::path(log) / (name + ".cu"), source.text);
    const files::path output = folder / (name + ".so");
    if (files::exists(output)) return {output, ""};
    const Lock lock(folder / (name + ".lock"));
    if (files::exists(output)) return {output, ""};
    const files::path work = folder / name;
    files::create_directories(work);
    for (const auto& [header, text] : source.headers) write(work / header, text);
    const files::path text = work / (source.name + (source.name.find('.') == std::string::npos ? ".cu" : ""));
    write(text, source.text);
    std::vector<std::string> command{SIMULATOR_SOURCES "/compile.sh", SIMULATOR_MODE, output, text, "-I" + work.string()};
    command.insert(command.end(), source.options.begin(), source.options.end());
    const bool compiled = run(command, work / "log");
    return {compiled ? output.string() : "", read(work / "log")};
}

}  // namespace simulator
