// Stacks that a thread of the system can switch between.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace cudashim {

#ifdef __x86_64__
/// A suspended stack; the callee-saved registers lie on it.
struct Context {
    void* stack_pointer = nullptr;
};
#else
struct Context {
    ucontext_t registers;
};
#endif

/// Saves the running context in `from` and goes on in `to`.
void switch_context(Context& from, Context& to);

/// As many stacks as blocks have needed; all lie in one range of addresses.
class Stacks {
public:
    using Main = void (*)();

    explicit Stacks(Main main);
    ~Stacks();
    Stacks(const Stacks&) = delete;

    /// A context that runs the main function from its start, or goes on in it after its last switch.
    Context& take();
    /// Gives back the context that was taken last of those still running.
    void give_back(Context& context);
    /// Forgets what all stacks hold: the next to take one starts anew.
    void reset();

    bool contains(std::uintptr_t address) const { return address - base_ < bytes_; }

private:
    void prepare(std::size_t index);

    Main main_;
    std::uintptr_t base_;
    std::size_t bytes_;
    std::vector<std::unique_ptr<Context>> contexts_;
    std::vector<Context*> free_;
};

}  // namespace cudashim
