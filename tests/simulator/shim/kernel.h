// How a kernel is found by name and called with an array of parameters, as cuLaunchKernel passes them.
#pragma once
#include "thread.h"

namespace cudashim {

struct Parameter {
    unsigned size;
    bool pointer;
};

struct Kernel {
    const char* name;
    void (*run)(void* const* parameters);
    const Parameter* parameters;
    unsigned count;
};

template <class T> struct Describe { static constexpr Parameter value{sizeof(T), false}; };
template <class T> struct Describe<T*> { static constexpr Parameter value{sizeof(T*), true}; };
template <class T> struct Describe<T* __restrict__> { static constexpr Parameter value{sizeof(T*), true}; };

template <unsigned... I> struct Indices {};

template <auto F> struct Entry;
template <class... A, void (*F)(A...)> struct Entry<F> {
    // One more than needed: a kernel without parameters has an array, too.
    static constexpr Parameter parameters[sizeof...(A) + 1] = {Describe<A>::value..., {0, false}};

    template <unsigned... I>
    CUDASHIM_UNSEEN static void call(void* const* values, Indices<I...>) {
        F(*static_cast<A*>(values[I])...);
    }
    CUDASHIM_UNSEEN static void run(void* const* values) { call(values, Indices<__integer_pack(sizeof...(A))...>{}); }

    static constexpr Kernel describe(const char* name) { return {name, run, parameters, sizeof...(A)}; }
};

}  // namespace cudashim

// The table of a source's kernels, which `compile.sh` appends to it.
#define CUDASHIM_TABLE \
    extern "C" __attribute__((visibility("default"))) const ::cudashim::Kernel cudashim_kernels[]; \
    const ::cudashim::Kernel cudashim_kernels[]
#define CUDASHIM_KERNEL(name) ::cudashim::Entry<&name>::describe(#name)
