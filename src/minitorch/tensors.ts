/**
 * The tensor side of the course: data, backends, tensors and their functions.
 *
 * @module
 */
export {
  TensorBackend,
  type TensorBackendOptions,
  type TensorMap,
  type TensorOps,
  type TensorReduce,
  type TensorZip,
} from "./backend.ts";
export {
  FastBackend,
  matrixMultiply,
  matrixMultiply as matmul,
  rand,
  SimpleBackend,
  tensor,
  type TensorOptions,
  zeros,
} from "./create.ts";
export * as cudaOps from "./cuda_ops.ts";
export {
  cudaBackend,
  type CudaMap,
  cudaMatmul,
  CudaOps,
  type CudaOutput,
  type CudaReduce,
  type CudaZip,
} from "./cuda_ops.ts";
export * as fastOps from "./fast_ops.ts";
export { FastOps, tensorMap, tensorMatrixMultiply, tensorReduce, tensorZip } from "./fast_ops.ts";
export { gradCheck } from "./grad_check.ts";
export { HeldTensor } from "./held.ts";
export {
  broadcastIndex,
  IndexingError,
  indexToPosition,
  MAX_DIMS,
  shapeBroadcast,
  stridesFromShape,
  toIndex,
} from "./indexing.ts";
export { mmPractice, sumPractice } from "./practice.ts";
export * as simpleOps from "./simple_ops.ts";
export { type RawMap, type RawReduce, type RawZip, SimpleOps } from "./simple_ops.ts";
export type { RawLayout, RawStorage } from "./strided.ts";
export { Tensor, type TensorLike } from "./tensor.ts";
export { TensorData } from "./tensor_data.ts";
export { TensorFunction, tensorFunctions } from "./tensor_functions.ts";
