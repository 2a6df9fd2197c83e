/**
 * Options of the functions that make tensors.
 *
 * @module
 */
import { checkBoolean, checkOptions } from "./arguments.ts";
import { checkDevice } from "./backend/devices.ts";
import { environment } from "./backend/environment.ts";
import { type DType, DTYPE_BY_CODE, DTYPES } from "./dtype.ts";
import { DTypeError } from "./errors.ts";
import { readValue } from "./graph/evaluate.ts";
import { RECORDS } from "./graph/node.ts";
import { leaf } from "./graph/pending.ts";
import { describe, type Device } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Options of the functions that make tensors. */
export interface TensorOptions {
  /** The element type (default: `float32`, or what the values given are). */
  dtype?: DType;
  /** Where the elements live (default: what `setDefaultDevice` has set, at first `TENSAUR_DEVICE` or `cpu`). */
  device?: Device;
  /** Whether gradients flow to the tensor (default false). */
  requiresGrad?: boolean;
}

/** Options with every value decided. */
export interface Place {
  readonly dtype: DType;
  readonly device: Device;
  readonly requiresGrad: boolean;
}

/** The environment variable that names the device that is the default at first. */
const AT_FIRST = "TENSAUR_DEVICE";

/** What `setDefaultDevice` has set; until then, or a first tensor, nobody has looked. */
let defaultDevice: Device | null = null;

/** The device of tensors whose options name none. */
function currentDevice(): Device {
  if (defaultDevice !== null) return defaultDevice;
  const name = environment(AT_FIRST) || "cpu";
  return defaultDevice = checkDevice(name, `${AT_FIRST}=${name}`);
}

/**
 * Sets the device of the tensors that are made from now on without naming one. Until it is called that is the device
 * of the environment variable `TENSAUR_DEVICE`, or `cpu`.
 *
 * @example
 * ```ts
 * import { ones, setDefaultDevice } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * setDefaultDevice("reference");
 * assertEquals(ones([1]).device, "reference");
 * setDefaultDevice("cpu");
 * ```
 *
 * @param device The device
 * @throws {DeviceError} If there is no such device
 */
export function setDefaultDevice(device: Device): void {
  defaultDevice = checkDevice(device);
}

/** Checks a dtype that came from outside. */
function checkDType(op: string, dtype: unknown): asserts dtype is DType {
  if (!DTYPE_BY_CODE.includes(dtype as DType)) {
    throw new DTypeError(
      `Cannot make ${op} of dtype ${describe(dtype)}: want one of ${DTYPE_BY_CODE.join(", ")}`,
    );
  }
}

/** Checks options and fills in what was not given. */
export function placeOf(op: string, options: TensorOptions, dtype: DType = "float32"): Place {
  checkOptions(op, options, ["dtype", "device", "requiresGrad"]);
  const { dtype: given = dtype, device = currentDevice(), requiresGrad = false } = options;
  checkDType(op, given);
  checkBoolean(`The requiresGrad of ${op}`, requiresGrad);
  if (requiresGrad && !DTYPES[given].float) {
    throw new DTypeError(`Cannot make ${op} of dtype ${given} with requiresGrad: want float32 or float64`);
  }
  return { dtype: given, device: checkDevice(device), requiresGrad };
}

/** A new tensor as its options want it: if gradients flow to it, it is a leaf that holds its elements. */
export function finish(x: Tensor, { requiresGrad }: Place): Tensor {
  if (!requiresGrad) return x;
  const { storage } = readValue(x);
  storage.bound = true;
  const result = leaf(x.layout, storage);
  result.set(RECORDS);
  return result as Tensor;
}
