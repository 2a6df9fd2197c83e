/**
 * The symbols of the native library: names, parameters and results, and the version of it all.
 *
 * @module
 */

/** The version of the interface: of the symbols below, and of the descriptors that they are given. */
export const ABI_VERSION = 7;

/** What `Deno.dlopen` is asked for. Arrays of numbers are Float64Arrays, or their addresses, each with its length. */
export const SYMBOLS = {
  abiVersion: { name: "tensaur_abi_version", parameters: [], result: "u32" },
  ops: { name: "tensaur_ops", parameters: [], result: "pointer" },
  combines: { name: "tensaur_combines", parameters: [], result: "pointer" },
  counterNames: { name: "tensaur_counter_names", parameters: [], result: "pointer" },
  lastError: { name: "tensaur_last_error", parameters: [], result: "pointer" },
  planCreate: { name: "tensaur_plan_create", parameters: ["buffer", "u32"], result: "u32" },
  planRun: { name: "tensaur_plan_run", parameters: ["u32", "f64", "u32", "f64", "u32"], result: "i32" },
  planStart: { name: "tensaur_plan_start", parameters: ["u32", "f64", "u32", "f64", "u32"], result: "u32" },
  planJoin: { name: "tensaur_plan_join", parameters: [], result: "i32" },
  planProfile: {
    name: "tensaur_plan_profile",
    parameters: ["u32", "f64", "u32", "f64", "u32", "buffer", "u32"],
    result: "i32",
  },
  planReport: { name: "tensaur_plan_report", parameters: ["u32"], result: "pointer" },
  planFree: { name: "tensaur_plan_free", parameters: ["u32"], result: "u32" },
  preferLargePages: { name: "tensaur_prefer_large_pages", parameters: ["f64", "f64"], result: "void" },
  setThreads: { name: "tensaur_set_threads", parameters: ["u32"], result: "u32" },
  threads: { name: "tensaur_threads", parameters: [], result: "u32" },
  simd: { name: "tensaur_simd", parameters: [], result: "u32" },
  setSimd: { name: "tensaur_set_simd", parameters: ["u32"], result: "u32" },
  cudaDevices: { name: "tensaur_cuda_devices", parameters: [], result: "pointer" },
  cudaPlanCreate: {
    name: "tensaur_cuda_plan_create",
    parameters: ["u32", "buffer", "u32", "buffer"],
    result: "i32",
  },
  cudaAllocate: { name: "tensaur_cuda_allocate", parameters: ["u32", "f64", "buffer"], result: "i32" },
  cudaFree: { name: "tensaur_cuda_free", parameters: ["u32"], result: "u32" },
  cudaWrite: { name: "tensaur_cuda_write", parameters: ["u32", "f64", "buffer", "u32"], result: "i32" },
  cudaRead: { name: "tensaur_cuda_read", parameters: ["u32", "f64", "buffer", "u32"], result: "i32" },
  cudaMemory: { name: "tensaur_cuda_memory", parameters: ["u32", "buffer"], result: "i32" },
  cudaSynchronize: { name: "tensaur_cuda_synchronize", parameters: ["u32"], result: "i32" },
  cudaSumPractice: { name: "tensaur_cuda_sum_practice", parameters: ["u32", "u32", "u32"], result: "i32" },
  cudaMmPractice: {
    name: "tensaur_cuda_mm_practice",
    parameters: ["u32", "u32", "u32", "u32"],
    result: "i32",
  },
  counter: { name: "tensaur_counter", parameters: ["u32"], result: "f64" },
} as const;

/** The functions of an opened library. */
export type NativeFunctions = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
