/**
 * Recording of what copies or converts: casts, moves to another device, clones.
 *
 * @module
 */
import { checkDevice, DEVICE_NAMES } from "../backend/devices.ts";
import { type DType, DTYPE_BY_CODE } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { CASTS, CLONE, CONTIGUOUS, DETACH } from "../ops/movement.ts";
import { describe, type Device } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkTensor } from "./operand.ts";
import { moveTo } from "./transfer.ts";

/** The tensor in another dtype; itself (of a cell the current version) if it has it already. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.layout.dtype === dtype) return x.version as Tensor;
  return record(CASTS[dtype], [x], x.layout.as(dtype)) as Tensor;
}

/** The tensor in another dtype or on another device. */
export function to(x: Tensor, target: DType | Device): Tensor {
  checkTensor("to", x);
  if (DTYPE_BY_CODE.includes(target as DType)) return cast(x, target as DType);
  if (typeof target !== "string") {
    throw new ArgumentError(
      `Cannot to ${describe(target)}: want a dtype (${
        DTYPE_BY_CODE.join(", ")
      }) or a device (${DEVICE_NAMES})`,
    );
  }
  return moveTo(x, checkDevice(target));
}

/** A copy of the elements. */
export function clone(x: Tensor): Tensor {
  return record(CLONE, [x], x.layout) as Tensor;
}

/** The elements in row-major order. */
export function contiguous(x: Tensor): Tensor {
  return record(CONTIGUOUS, [x], x.layout) as Tensor;
}

/** The same elements without their history. */
export function detach(x: Tensor): Tensor {
  return record(DETACH, [x], x.layout) as Tensor;
}
