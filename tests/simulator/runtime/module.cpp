#include "module.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "fault.h"
#include "settings.h"

extern "C" void* __tls_get_addr(std::size_t* module_and_offset);

namespace cudashim {
namespace {

struct Segments {
    std::uintptr_t base;
    Range image;
    std::size_t thread_local_bytes = 0;
};

int read_segments(dl_phdr_info* info, std::size_t, void* data) {
    auto& segments = *static_cast<Segments*>(data);
    if (info->dlpi_addr != segments.base) return 0;
    std::uintptr_t end = segments.base;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const auto& header = info->dlpi_phdr[i];
        if (header.p_type == PT_LOAD) end = std::max(end, segments.base + header.p_vaddr + header.p_memsz);
        if (header.p_type == PT_TLS) segments.thread_local_bytes = header.p_memsz;
    }
    segments.image = {segments.base, end - segments.base};
    return 1;
}

std::vector<std::string> files_of(const std::string& paths) {
    std::vector<std::string> files;
    for (std::size_t begin = 0; begin < paths.size();) {
        const std::size_t end = std::min(paths.find(':', begin), paths.size());
        const std::filesystem::path path = paths.substr(begin, end - begin);
        if (std::filesystem::is_directory(path)) {
            for (const auto& entry : std::filesystem::directory_iterator(path)) {
                if (entry.path().extension() == ".so") files.push_back(entry.path());
            }
        } else if (!path.empty()) {
            files.push_back(path);
        }
        begin = end + 1;
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The files that were opened, by their paths, and the kernels of them that ran.
struct Opened {
    std::mutex lock;
    std::map<std::string, KernelModule> files;
    std::set<const Kernel*> ran;
};

// Never destroyed: threads of the system may still look into it at the process's end.
Opened& all() {
    static Opened& all = *new Opened;
    return all;
}

}  // namespace

const KernelModule* KernelModule::open(const std::string& path) {
    auto& opened = all().files;
    std::lock_guard guard(all().lock);
    if (const auto found = opened.find(path); found != opened.end()) return &found->second;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        report(format("cannot open %s: %s", path.c_str(), dlerror()));
        return nullptr;
    }
    const void* kernels = dlsym(handle, "cudashim_kernels");
    if (!kernels) {
        report(format("%s holds no kernels", path.c_str()));
        return nullptr;
    }
    link_map* map;
    dlinfo(handle, RTLD_DI_LINKMAP, &map);
    Segments segments{map->l_addr, {}, 0};
    dl_iterate_phdr(read_segments, &segments);
    KernelModule module;
    module.path_ = path;
    module.handle_ = handle;
    module.kernels_ = static_cast<const Kernel*>(kernels);
    module.image_ = segments.image;
    module.shared_bytes_ = segments.thread_local_bytes;
    module.shared_id_ = 0;
    if (module.shared_bytes_) dlinfo(handle, RTLD_DI_TLS_MODID, &module.shared_id_);
    return &opened.emplace(path, std::move(module)).first->second;
}

void KernelModule::for_each(const std::function<void(const Kernel&)>& f) {
    std::lock_guard guard(all().lock);
    for (const auto& [path, module] : all().files) {
        for (const Kernel* kernel = module.kernels_; kernel->name; kernel++) f(*kernel);
    }
}

void note_run(const Kernel* kernel) {
    std::lock_guard guard(all().lock);
    all().ran.insert(kernel);
}

std::vector<std::string> idle_kernels() {
    std::vector<std::string> idle;
    KernelModule::for_each([&](const Kernel& kernel) {
        if (!all().ran.count(&kernel)) idle.push_back(kernel.name);
    });
    return idle;
}

const Kernel* KernelModule::find(const std::string& name) const {
    for (const Kernel* kernel = kernels_; kernel->name; kernel++) {
        if (name == kernel->name) return kernel;
    }
    return nullptr;
}

Range KernelModule::shared_here() const {
    if (!shared_bytes_) return {};
    std::size_t start[2] = {shared_id_, 0};
    return {reinterpret_cast<std::uintptr_t>(__tls_get_addr(start)), shared_bytes_};
}

FoundKernel find_built_kernel(const std::string& name) {
    static const std::vector<std::string> files = files_of(settings().kernels);
    for (const std::string& file : files) {
        const KernelModule* module = KernelModule::open(file);
        const Kernel* kernel = module ? module->find(name) : nullptr;
        if (kernel) return {kernel, module};
    }
    return {};
}

}  // namespace cudashim
