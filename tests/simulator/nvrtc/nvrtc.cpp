// The simulated compiler's functions: a program is compiled by g++ and the shim into a shared object.
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../driver/image.h"
#include "compile.h"
#include "patch.h"

#define NVRTC_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

enum Result {
    SUCCESS = 0,
    OUT_OF_MEMORY = 1,
    PROGRAM_CREATION_FAILURE = 2,
    INVALID_INPUT = 3,
    INVALID_PROGRAM = 4,
    INVALID_OPTION = 5,
    COMPILATION = 6,
    BUILTIN_OPERATION_FAILURE = 7,
};

constexpr int ARCHITECTURES[] = {75, 80, 86, 89, 90, 100, 120};
constexpr int ARCHITECTURE_COUNT = sizeof ARCHITECTURES / sizeof *ARCHITECTURES;

struct Program {
    simulator::Source source;
    std::string log;
    std::string image;
};

bool is_known(int architecture) {
    for (const int known : ARCHITECTURES) {
        if (known == architecture) return true;
    }
    return false;
}

/// Takes an option's value, from the option itself or the next one; null if it is another option.
const char* value_of(const char* name, int& i, int count, const char* const* options) {
    const std::size_t length = std::strlen(name);
    if (std::strncmp(options[i], name, length) != 0) return nullptr;
    if (options[i][length] == '=') return options[i] + length + 1;
    if (options[i][length] == 0 && i + 1 < count) return options[++i];
    return nullptr;
}

/// What g++ is told; false for an architecture that the compiler does not know.
bool translate(int count, const char* const* options, simulator::Source& source) {
    bool contract = true;
    for (int i = 0; i < count; i++) {
        const char* value;
        if ((value = value_of("--gpu-architecture", i, count, options)) || (value = value_of("-arch", i, count, options))) {
            const char* digits = std::strrchr(value, '_');
            source.architecture = digits ? std::atoi(digits + 1) : 0;
        } else if ((value = value_of("--fmad", i, count, options)) || (value = value_of("-fmad", i, count, options))) {
            contract = std::strcmp(value, "false") != 0;
        } else if ((value = value_of("--define-macro", i, count, options))) {
            source.options.push_back(std::string("-D") + value);
        } else if ((value = value_of("--include-path", i, count, options))) {
            source.options.push_back(std::string("-I") + value);
        } else if (!std::strncmp(options[i], "-D", 2) || !std::strncmp(options[i], "-I", 2)) {
            source.options.push_back(options[i]);
        }
    }
    source.options.push_back(contract ? "-ffp-contract=fast" : "-ffp-contract=off");
    source.options.push_back("-D__CUDA_ARCH__=" + std::to_string(10 * source.architecture));
    return is_known(source.architecture);
}

std::string image_of(int architecture, const std::string& path) {
    simulator::Blob blob{};
    std::memcpy(blob.magic, simulator::Blob::MAGIC, sizeof blob.magic);
    blob.capability = architecture;
    blob.path_bytes = static_cast<std::int32_t>(path.size());
    return std::string(reinterpret_cast<const char*>(&blob), sizeof blob) + path + '\0';
}

}  // namespace

NVRTC_EXPORT int nvrtcVersion(int* major, int* minor) {
    if (!major || !minor) return INVALID_INPUT;
    *major = 12;
    *minor = 9;
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcGetNumSupportedArchs(int* count) { return *count = ARCHITECTURE_COUNT, SUCCESS; }

NVRTC_EXPORT int nvrtcGetSupportedArchs(int* architectures) {
    std::memcpy(architectures, ARCHITECTURES, sizeof ARCHITECTURES);
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcCreateProgram(Program** out, const char* text, const char* name, int header_count,
                                    const char* const* headers, const char* const* header_names) {
    if (!out || !text) return INVALID_INPUT;
    *out = new Program{{simulator::patched(text), name ? name : "default_program", {}, {}, 52}, {}, {}};
    for (int i = 0; i < header_count; i++) (*out)->source.headers.emplace_back(header_names[i], headers[i]);
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcDestroyProgram(Program** program) {
    if (!program || !*program) return INVALID_PROGRAM;
    delete std::exchange(*program, nullptr);
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcCompileProgram(Program* program, int count, const char* const* options) {
    if (!program) return INVALID_PROGRAM;
    program->source.options.clear();
    if (!translate(count, options, program->source)) {
        program->log = "nvrtc: error: invalid value for --gpu-architecture (-arch)\n";
        return INVALID_OPTION;
    }
    const auto compiled = simulator::compile(program->source);
    program->log = compiled.log;
    if (compiled.path.empty()) return COMPILATION;
    program->image = image_of(program->source.architecture, compiled.path);
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcGetProgramLogSize(Program* program, std::size_t* bytes) {
    return program ? *bytes = program->log.size() + 1, SUCCESS : INVALID_PROGRAM;
}

NVRTC_EXPORT int nvrtcGetProgramLog(Program* program, char* out) {
    if (!program) return INVALID_PROGRAM;
    std::memcpy(out, program->log.c_str(), program->log.size() + 1);
    return SUCCESS;
}

NVRTC_EXPORT int nvrtcGetCUBINSize(Program* program, std::size_t* bytes) {
    return program ? *bytes = program->image.size(), SUCCESS : INVALID_PROGRAM;
}

NVRTC_EXPORT int nvrtcGetCUBIN(Program* program, char* out) {
    if (!program || program->image.empty()) return INVALID_PROGRAM;
    std::memcpy(out, program->image.data(), program->image.size());
    return SUCCESS;
}

// What is compiled for an architecture yet to come looks the same.
NVRTC_EXPORT int nvrtcGetPTXSize(Program* program, std::size_t* bytes) { return nvrtcGetCUBINSize(program, bytes); }

NVRTC_EXPORT int nvrtcGetPTX(Program* program, char* out) { return nvrtcGetCUBIN(program, out); }

NVRTC_EXPORT const char* nvrtcGetErrorString(int result) {
    switch (result) {
    case SUCCESS: return "NVRTC_SUCCESS";
    case OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
    case PROGRAM_CREATION_FAILURE: return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
    case INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    case COMPILATION: return "NVRTC_ERROR_COMPILATION";
    case BUILTIN_OPERATION_FAILURE: return "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE";
    default: return "NVRTC_ERROR unknown";
    }
}
