#include "fiber.h"

#include <sys/mman.h>

#include "fault.h"

namespace cudashim {
namespace {

constexpr std::size_t PAGE = 4096;
constexpr std::size_t MAX_THREADS = 1024;
// The top pages are used at most. An odd number of pages and a shift within the page keep the stacks of a block
// from sharing a few sets of the caches.
#ifdef CUDASHIM_ASAN
constexpr std::size_t STACK = 65 * PAGE;
#else
constexpr std::size_t STACK = 33 * PAGE;
#endif
constexpr std::size_t shift_of(std::size_t index) { return index * 320 % PAGE / 64 * 64; }

}  // namespace

#ifdef __x86_64__

extern "C" void cudashim_switch(void** from, void* to);
asm(R"(
.text
.globl cudashim_switch
.hidden cudashim_switch
.type cudashim_switch, @function
cudashim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size cudashim_switch, . - cudashim_switch
)");

void switch_context(Context& from, Context& to) { cudashim_switch(&from.stack_pointer, to.stack_pointer); }

void Stacks::prepare(std::size_t index) {
    const std::uintptr_t top = base_ + (index + 1) * STACK - shift_of(index);
    // What the switch pops: six registers, then the address it returns to, as if called from nowhere.
    void** frame = reinterpret_cast<void**>(top) - 8;
    for (int i = 0; i < 6; i++) frame[i] = nullptr;
    frame[6] = reinterpret_cast<void*>(main_);
    frame[7] = nullptr;
    contexts_[index]->stack_pointer = frame;
}

#else

void switch_context(Context& from, Context& to) { swapcontext(&from.registers, &to.registers); }

void Stacks::prepare(std::size_t index) {
    ucontext_t& registers = contexts_[index]->registers;
    getcontext(&registers);
    registers.uc_stack.ss_sp = reinterpret_cast<void*>(base_ + index * STACK + PAGE);
    registers.uc_stack.ss_size = STACK - PAGE - shift_of(index);
    registers.uc_link = nullptr;
    makecontext(&registers, main_, 0);
}

#endif

Stacks::Stacks(Main main) : main_(main), bytes_(MAX_THREADS * STACK) {
    void* range = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) die("no address space for %zu stacks", MAX_THREADS);
    base_ = reinterpret_cast<std::uintptr_t>(range);
    contexts_.reserve(MAX_THREADS);
}

Stacks::~Stacks() { munmap(reinterpret_cast<void*>(base_), bytes_); }

Context& Stacks::take() {
    if (free_.empty()) {
        const std::size_t index = contexts_.size();
        if (index == MAX_THREADS) die("more than %zu threads in a block", MAX_THREADS);
        contexts_.push_back(std::make_unique<Context>());
        // The lowest page stays out of reach: a stack that overflows faults.
        mprotect(reinterpret_cast<void*>(base_ + index * STACK), PAGE, PROT_NONE);
        prepare(index);
        return *contexts_.back();
    }
    Context& context = *free_.back();
    free_.pop_back();
    return context;
}

void Stacks::give_back(Context& context) { free_.push_back(&context); }

void Stacks::reset() {
    free_.clear();
    for (std::size_t index = contexts_.size(); index-- > 0;) {
        prepare(index);
        free_.push_back(contexts_[index].get());
    }
}

}  // namespace cudashim
