/**
 * Tensaur: tensors for Deno, computed lazily in fused kernels.
 *
 * @example
 * ```ts
 * import { tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const w = tensor([1, 2, 3], { requiresGrad: true });
 * const loss = w.mul(2).sub(tensor([1, 2, 3])).square().sum();
 * loss.backward();
 * assertEquals(loss.item(), 14);
 * assertEquals(w.grad?.toArray(), [4, 8, 12]);
 * ```
 *
 * @module
 */
export * from "./src/modules.ts";
export type { BackwardOptions } from "./src/autograd.ts";
export {
  cudaAvailable,
  type CudaDevice,
  cudaDevices,
  type CudaMemory,
  cudaUnavailableReason,
} from "./src/backend/cuda.ts";
export { cudaMemory, setThreads, synchronize, threads } from "./src/backend/devices.ts";
export { Buffer, Parameter, Variable } from "./src/cell.ts";
export {
  compile,
  type CompiledArgument,
  type CompiledFunction,
  type CompileOptions,
  type FoldOptions,
  type Given,
  type GivenItem,
  map,
  type ProgramOptions,
  reduce,
  type ScalarFunction,
  zip,
} from "./src/compile.ts";
export { arange, eye, full, ones, onesLike, tensor, zeros, zerosLike } from "./src/create.ts";
export { type CustomFunction, customFunction } from "./src/custom.ts";
export * as data from "./src/data/mod.ts";
export type { DType, TypedArray } from "./src/dtype.ts";
export {
  type CacheState,
  type DeviceTest,
  type Diagnosis,
  doctor,
  type DoctorOptions,
  type GpuFound,
  type PermissionStates,
  type Problem,
} from "./src/doctor.ts";
export * from "./src/errors.ts";
export { evaluate, explain } from "./src/evaluate.ts";
export type { NestedArray } from "./src/format.ts";
export * from "./src/functions.ts";
export { gradcheck, type GradcheckOptions } from "./src/gradcheck.ts";
export { gradients, type GradientsOptions } from "./src/gradients.ts";
export { Node } from "./src/graph/node.ts";
export { noGrad } from "./src/graph/pending.ts";
export { type Stats, stats } from "./src/graph/stats.ts";
export * from "./src/joins.ts";
export type { NestedNumbers } from "./src/nested.ts";
export * as nn from "./src/nn/mod.ts";
export * as optim from "./src/optim/mod.ts";
export { type MatmulPrecision, matmulPrecision, setMatmulPrecision } from "./src/ops/matmul.ts";
export { setDefaultDevice, type TensorOptions } from "./src/options.ts";
export {
  type KernelProfile,
  Profile,
  profile,
  type ProfileLimits,
  type ProfileOptions,
} from "./src/profile.ts";
export { manualSeed, rand, randn, uniform } from "./src/random.ts";
export type { Index, Range } from "./src/record/at.ts";
export type { NormOptions } from "./src/record/composite.ts";
export type { Operand } from "./src/record/operand.ts";
export type { Axes, ReduceOptions } from "./src/record/reduce.ts";
export { decodeTensors, encodeTensors, loadTensors, saveTensors } from "./src/safetensors.ts";
export { scope } from "./src/scope.ts";
export type { Device, Shape } from "./src/shape.ts";
export { Tensor } from "./src/tensor.ts";
