/**
 * Recording: the steps of a compiled function as ops on tensors, which fusion makes one kernel of.
 *
 * @module
 */
import { type DType, DTYPES, promote } from "../dtype.ts";
import { ELEMENTWISE, type Elementwise, type ElementwiseName } from "../ops/elementwise.ts";
import { cast, detach } from "../record/convert.ts";
import { binary, unary, where } from "../record/elementwise.ts";
import { checkDevices, constant, type Operand } from "../record/operand.ts";
import { expand } from "../record/view.ts";
import { broadcastShapes, type Layout } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { keepsIntegers, type Numbers } from "./numbers.ts";
import type { Recipe, Step } from "./recipe.ts";

const LOGICAL: ReadonlySet<ElementwiseName> = new Set(["logicalAnd", "logicalOr", "logicalNot"]);

/** What a recipe is applied to. */
export interface Ground {
  /** The dtype in which it is computed. */
  readonly dtype: DType;
  /** The layout of the result, but for its dtype. */
  readonly layout: Layout;
}

/** Where a recipe is computed: floats keep their dtype; others become int32 if all stays integer, else float32. */
export function groundOf(name: string, recipe: Recipe, args: readonly Operand[], numbers: Numbers): Ground {
  let layout: Layout | undefined, dtype: DType = "bool";
  for (const x of args) {
    if (typeof x === "number") continue;
    const own = x.layout;
    dtype = promote(dtype, own.dtype);
    if (layout === undefined) layout = own;
    else {
      checkDevices(name, layout, own);
      layout = layout.withShape(broadcastShapes(name, layout.shape, own.shape));
    }
  }
  if (!DTYPES[dtype].float) dtype = keepsIntegers(recipe, numbers) ? "int32" : "float32";
  return { dtype, layout: layout! };
}

/** Records a recipe. `derived` says that a derivative is to be made of it, whatever its operands record. */
export function lower(
  recipe: Recipe,
  args: readonly Operand[],
  numbers: Numbers,
  ground: Ground,
  derived: boolean = false,
): Tensor {
  return new Recorder(recipe, args, numbers, ground, derived).run();
}

class Recorder {
  readonly #values: Operand[];
  /** Whether gradients are recorded, so that branches must keep theirs to themselves. */
  readonly #guarded: boolean;
  #gated: Map<string, Tensor> | undefined;

  constructor(
    readonly recipe: Recipe,
    args: readonly Operand[],
    readonly numbers: Numbers,
    readonly ground: Ground,
    readonly derived: boolean,
  ) {
    this.#values = args.map((x) => typeof x === "number" ? x : cast(x, ground.dtype));
    this.#guarded = recipe.guards.length > 0 &&
      this.#values.some((x) => typeof x !== "number" && (derived || x.requiresGrad));
  }

  run(): Tensor {
    const { recipe: { constants, steps, parameters, result, type }, numbers, ground } = this;
    const values = this.#values, first = parameters + constants.length;
    for (let i = 0; i < constants.length; i++) values.push(numbers[parameters + i]!);
    for (let i = 0; i < steps.length; i++) values.push(numbers[first + i] ?? this.#step(steps[i]!));
    const found = this.#as(values[result]!, type === "boolean" ? "bool" : ground.dtype);
    return found.layout.shape === ground.layout.shape ? found : expand(found, ground.layout.shape);
  }

  #step({ row, inputs, boolean, guard }: Step): Operand {
    const { dtype } = this.ground, op = ELEMENTWISE[row];
    if (row === "where") {
      const chosen = this.numbers[inputs[0]!];
      if (chosen !== undefined) return this.#values[inputs[chosen !== 0 ? 1 : 2]!]!;
      const own = boolean ? "bool" : dtype, [c, x, y] = inputs.map((i) => this.#input(i, guard));
      return where(this.#as(c!, "bool"), this.#as(x!, own), this.#as(y!, own));
    }
    const own = LOGICAL.has(row) ? "bool" : dtype, x = this.#in(this.#input(inputs[0]!, guard), own);
    if (inputs.length === 1) return unary(op as Elementwise<1>, x as Tensor);
    return this.#binary(op as Elementwise<2>, x, this.#in(this.#input(inputs[1]!, guard), own));
  }

  #binary(op: Elementwise<2>, x: Operand, y: Operand): Tensor {
    if (op === ELEMENTWISE.pow && y === 2) return unary(ELEMENTWISE.square, x as Tensor);
    return binary(op, x, y);
  }

  /** A tensor in a dtype; numbers stay. */
  #in(x: Operand, dtype: DType): Operand {
    return typeof x === "number" ? x : cast(x, dtype);
  }

  /** A tensor or number as a tensor of a dtype. */
  #as(x: Operand, dtype: DType): Tensor {
    return typeof x === "number" ? constant(x, dtype, this.ground.layout.device) : cast(x, dtype);
  }

  /** What a step of a branch reads: from outside only values whose gradient is 0 where the branch was not taken. */
  #input(position: number, guard: number): Operand {
    const x = this.#values[position]!;
    return this.#guarded && guard >= 0 && typeof x !== "number" ? this.#gate(position, guard) : x;
  }

  #gate(position: number, guard: number): Tensor {
    const { recipe: { guards, steps, parameters, constants } } = this,
      value = this.#values[position] as Tensor;
    const at = guards[guard]!, own = steps[position - parameters - constants.length]?.guard ?? -1;
    if (!this.derived && !value.requiresGrad || this.#isWithin(own, guard)) return value;
    const key = `${position} ${guard}`, known = this.#gated?.get(key);
    if (known !== undefined) return known;
    const x = at.parent < 0 ? value : this.#gate(position, at.parent),
      condition = this.#values[at.condition]!;
    let gated = x;
    if (typeof condition !== "number") {
      const still = detach(x);
      gated = at.taken ? where(condition, x, still) : where(condition, still, x);
    }
    (this.#gated ??= new Map()).set(key, gated);
    return gated;
  }

  #isWithin(inner: number, guard: number): boolean {
    for (let each = inner; each >= 0; each = this.recipe.guards[each]!.parent) {
      if (each === guard) return true;
    }
    return false;
  }
}
