/*
 * The C interface of the native library. What descriptors hold is written down in kernels/README.md.
 *
 * Calls that return a status: 0 ok, 1 bad descriptor or arguments, 2 index out of range, 3 panic, 4 out of memory,
 * 5 a device that cannot be used or has failed. After a refusal tensaur_last_error() has a sentence. No call keeps a
 * pointer of the caller's, but for tensaur_plan_start until its end. Texts belong to the library.
 */
#ifndef TENSAUR_H
#define TENSAUR_H

#include <stdint.h>

#define TENSAUR_ABI_VERSION 7

#ifdef __cplusplus
extern "C" {
#endif

/* About the library. Names stand one a line, in the order of their numbers. */
uint32_t tensaur_abi_version(void);
const char *tensaur_ops(void);
const char *tensaur_combines(void);
const char *tensaur_counter_names(void);
/* How often a path was taken since the library was loaded. */
double tensaur_counter(uint32_t number);
/* What the last failed call on this thread had to say; valid until the next one. */
const char *tensaur_last_error(void);

/* Plans: a descriptor of count numbers becomes a handle (0 if it is refused), which runs as often as wanted. */
uint32_t tensaur_plan_create(const double *numbers, uint32_t count);
/*
 * Runs a plan. slots is the address of slot_count pairs, address and bytes of a piece of memory (or handle and bytes
 * for a plan of a GPU's); params that of param_count numbers. Addresses travel as double: they are whole numbers.
 */
int32_t tensaur_plan_run(uint32_t handle, double slots, uint32_t slot_count, double params, uint32_t param_count);
/* Begins a run on a worker (0: there is none and nothing was begun); lists and slots stay where they are until the join. */
uint32_t tensaur_plan_start(uint32_t handle, double slots, uint32_t slot_count, double params, uint32_t param_count);
/* Waits for this thread's run that was started, if there is one, and returns its status. */
int32_t tensaur_plan_join(void);
/* Runs a plan and writes how long each of its step_count steps took. */
int32_t tensaur_plan_profile(uint32_t handle, double slots, uint32_t slot_count, double params, uint32_t param_count,
                             double *nanoseconds, uint32_t step_count);
/* How each step would run, a line each; valid until the next one on this thread. */
const char *tensaur_plan_report(uint32_t handle);
/* Frees a plan; returns 0 if there is none with this handle. */
uint32_t tensaur_plan_free(uint32_t handle);

/* The machine. */
void tensaur_prefer_large_pages(double address, double bytes);
/* Sets how many threads work (0: one for each core); returns the number in force. */
uint32_t tensaur_set_threads(uint32_t wanted);
uint32_t tensaur_threads(void);
/* SIMD tiers: 0 plain, 1 NEON, 2 AVX2 with FMA, 3 AVX-512. Setting lowers the tier; returns the one in force. */
uint32_t tensaur_simd(void);
uint32_t tensaur_set_simd(uint32_t wanted);

/* GPUs. NULL if there is none that can be used; else a line each: name, bytes, capability, with tabs between. */
const char *tensaur_cuda_devices(void);
int32_t tensaur_cuda_plan_create(uint32_t device, const double *numbers, uint32_t count, uint32_t *handle);
int32_t tensaur_cuda_allocate(uint32_t device, double bytes, uint32_t *handle);
uint32_t tensaur_cuda_free(uint32_t handle);
int32_t tensaur_cuda_write(uint32_t handle, double offset, const uint8_t *from, uint32_t bytes);
int32_t tensaur_cuda_read(uint32_t handle, double offset, uint8_t *to, uint32_t bytes);
/* Five numbers: bytes held, the most that were, waiting to be used again, free, in all. */
int32_t tensaur_cuda_memory(uint32_t device, double *figures);
int32_t tensaur_cuda_synchronize(uint32_t device);
/* The course's exercises on float64 values: sums of 32 neighbours each; square matrices of at most 32 rows. */
int32_t tensaur_cuda_sum_practice(uint32_t values, uint32_t sums, uint32_t count);
int32_t tensaur_cuda_mm_practice(uint32_t a, uint32_t b, uint32_t product, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
