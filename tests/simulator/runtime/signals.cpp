#include "signals.h"

// AddressSanitizer tells of bad accesses by itself, with the line of the source.
#ifdef CUDASHIM_ASAN
void cudashim::catch_bad_accesses() {}
#else

#include <csignal>
#include <mutex>

#include <ucontext.h>

#include "block.h"
#include "memory.h"

namespace cudashim {
namespace {

struct sigaction before_segv, before_bus, before_fpe;
thread_local std::uintptr_t bad_address;
thread_local int bad_signal;

// Runs on the kernel's own stack once the handler has returned to it.
[[noreturn]] void end_launch() {
    if (bad_signal == SIGFPE) runner()->fail(LAUNCH_FAILED, "integer division by zero");
    const bool device = device_memory().is_device_address(bad_address);
    runner()->fail(ILLEGAL_ADDRESS, format("access to 0x%lx, %s", bad_address,
                                           device ? "outside of every live allocation" : "no address of the device"));
}

void handle(int number, siginfo_t* info, void* context) {
    const struct sigaction& before = number == SIGSEGV ? before_segv : number == SIGBUS ? before_bus : before_fpe;
    if (!self) {
        if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(number, info, context);
        if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
            sigaction(number, &before, nullptr);  // the access runs again and ends the process
            return;
        }
        return before.sa_handler(number);
    }
    bad_address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    bad_signal = number;
#ifdef __x86_64__
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    registers[REG_RIP] = reinterpret_cast<greg_t>(end_launch);
    // Below what the kernel uses, aligned as behind a call.
    registers[REG_RSP] = ((registers[REG_RSP] - 256) & ~greg_t{15}) - 8;
#else
    (void)context;
    end_launch();
#endif
}

}  // namespace

void catch_bad_accesses() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        sigaction(SIGSEGV, &action, &before_segv);
        sigaction(SIGBUS, &action, &before_bus);
        sigaction(SIGFPE, &action, &before_fpe);
    });
}

}  // namespace cudashim
#endif
