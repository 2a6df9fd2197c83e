/**
 * Steps made by hand, run on each device: maps, moves and what is refused.
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { cudaAvailable, cudaUnavailableReason } from "../src/backend/cuda.ts";
import { backendOf, checkDevice } from "../src/backend/devices.ts";
import { allocate, expose } from "../src/backend/storage.ts";
import { type Class, type DType, DTYPES, F32, F64, I32 } from "../src/dtype.ts";
import { DeviceError, DisposedError, IndexError, KernelError } from "../src/errors.ts";
import { ROWS } from "../src/ops/elementwise.ts";
import { type OpcodeRow, OPCODES } from "../src/ops/opcodes.ts";
import { uniform32, uniform64 } from "../src/ops/philox.ts";
import { CONST, OUTPUT, SPILL, SWAP } from "../src/program.ts";
import { DEVICES } from "./devices.ts";
import { arrayOf, assemble, assertClose, contiguous, onDevices, opProgram, strided } from "./steps.ts";

const FLOATS = [0, -0, 1, -1, 0.5, -2.25, 3, 7.75, 1e-3, 20, -30, Infinity, -Infinity, NaN];
const INTEGERS = [0, 1, -1, 2, 3, -7, 31, 255, 256, 65537, 2147483647, -2147483648];
/** Ops that the kernels approximate, as their rows say; all others give the same bits everywhere. */
const APPROXIMATE = Object.entries<{ readonly ulps?: number }>(ROWS).filter(([, { ulps }]) =>
  ulps !== undefined
)
  .map(([name]) => name);
const BOUND: Record<string, number> = { float32: 1e-6, float64: 1e-13, int32: 0 };

/** What a row says in a dtype, given exactly as many numbers as it takes. */
function definition(row: OpcodeRow, dtype: DType): ((...numbers: number[]) => number) | null {
  const integer = dtype === "int32", float = dtype === "float32" ? row.f32 ?? row.f : row.f;
  const f: ((...numbers: number[]) => number) | null = integer && row.int !== undefined ? row.int : float;
  return f && ((...numbers) => integer ? f(...numbers) | 0 : DTYPES[dtype].round(f(...numbers)));
}

function rowsOf(dtype: DType): OpcodeRow[] {
  return OPCODES.filter((row) =>
    row.name !== "random" && definition(row, dtype) !== null && (dtype === "int32" || !row.integersOnly)
  );
}

/** All combinations of values, one array an argument. */
function grid(values: readonly number[], arity: number): number[][] {
  const total = values.length ** arity;
  return Array.from(
    { length: arity },
    (_, argument) =>
      Array.from(
        { length: total },
        (_, i) => values[Math.floor(i / values.length ** argument) % values.length]!,
      ),
  );
}

for (const dtype of ["float32", "float64", "int32"] as const) {
  onDevices(`every opcode in ${dtype} is what its row says`, (run) => {
    for (const row of rowsOf(dtype)) {
      const columns = grid(dtype === "int32" ? INTEGERS : FLOATS, row.arity);
      const arrays = columns.map((column) => arrayOf(dtype, column));
      const length = arrays[0]!.length;
      const operands = [...arrays, 0].map((_, slot) => contiguous(slot, dtype, [length]));
      const program = opProgram(row.name, dtype, row.arity);
      const results = run(
        [{ kind: "map", program, constants: [], jobs: [{ shape: [length], operands }] }],
        [...arrays, arrayOf(dtype, new Array(length).fill(0))],
      );
      const f = definition(row, dtype)!;
      const expected = Array.from({ length }, (_, i) => f(...arrays.map((array) => array[i]!)));
      const bound = APPROXIMATE.includes(row.name) ? BOUND[dtype]! : 0;
      assertClose(results[row.arity]!, expected, bound, `${row.name} of ${dtype}`);
    }
  });
}

const STORED: Record<DType, number[]> = {
  float32: [...FLOATS, 255.9, 256, -0.5, 3e9, -3e9, 1e-40],
  float64: [...FLOATS, 255.9, 256, -0.5, 3e9, -3e9, 1e-40, 1e300, 0.1],
  int32: INTEGERS,
  uint8: [0, 1, 2, 127, 128, 255],
  bool: [0, 1],
};

/** What a value of a dtype becomes in another one. */
function converted(value: number, from: DType, to: DType): number {
  return to === "uint8" && from === "int32" ? value & 255 : DTYPES[to].round(value);
}

onDevices("every dtype is loaded and stored as every other one", (run) => {
  for (const from of Object.keys(DTYPES) as DType[]) {
    for (const to of Object.keys(DTYPES) as DType[]) {
      const source = arrayOf(from, STORED[from]), length = source.length;
      const at = DTYPES[from].class;
      const program = assemble({
        inputs: [from],
        outputs: [to],
        code: [["load", at, 0], ["store", at, OUTPUT]],
      });
      const operands = [contiguous(0, from, [length]), contiguous(1, to, [length])];
      const [, result] = run(
        [{ kind: "map", program, constants: [], jobs: [{ shape: [length], operands }] }],
        [source, arrayOf(to, STORED[from].map(() => 7))],
      );
      const expected = arrayOf(to, Array.from(source, (x) => converted(x, from, to)));
      assertClose(result!, expected, 0, `${from} to ${to}`);
    }
  }
});

onDevices("a load changes the class", (run) => {
  const load = (to: DType, at: Class, source: DType, values: number[]): number[] => {
    const program = assemble({
      inputs: [source],
      outputs: [to],
      code: [["load", at, 0], ["store", at, OUTPUT]],
    });
    const operands = [contiguous(0, source, [values.length]), contiguous(1, to, [values.length])];
    const job = { shape: [values.length], operands };
    const arrays = [arrayOf(source, values), arrayOf(to, values.map(() => 0))];
    return Array.from(run([{ kind: "map", program, constants: [], jobs: [job] }], arrays)[1]!);
  };
  assertEquals(load("float32", I32, "float32", [1.9, -1.9, NaN, 1e12]), [1, -1, 0, 2147483648]);
  assertEquals(load("float64", F32, "int32", [16777217, -16777217]), [16777216, -16777216]);
  assertEquals(load("float64", F64, "int32", [16777217, 2147483647]), [16777217, 2147483647]);
  assertEquals(load("float64", F32, "float64", [0.1]), [Math.fround(0.1)]);
  assertEquals(load("float32", I32, "float32", [-0.5]), [0]);
});

onDevices("operands may be broadcast, permuted, reversed and shifted by parameters", (run) => {
  const program = assemble({
    inputs: ["float32", "float32", "float32"],
    outputs: ["float32"],
    code: [["load", F32, 0], ["mul", F32, 1], ["sub", F32, 2], ["store", F32, OUTPUT]],
  });
  const operands = [
    strided(0, "float32", [1, 2]),
    strided(1, "float32", [0, -1], 2),
    { ...strided(2, "float32", [3, 0]), shifts: [{ param: 1, stride: 2 }, { param: 0, stride: 1 }] },
    contiguous(3, "float32", [2, 3]),
  ];
  const arrays = [[1, 2, 3, 4, 5, 6], [10, 20, 30], [0, 0, 0, 0, 100, 0, 0, 200], [0, 0, 0, 0, 0, 0]];
  const results = run(
    [{ kind: "map", program, constants: [], jobs: [{ shape: [2, 3], operands }] }],
    arrays.map((values) => arrayOf("float32", values)),
    [2, 1],
  );
  assertEquals([...results[3]!], [
    1 * 30 - 100,
    3 * 20 - 100,
    5 * 10 - 100,
    2 * 30 - 200,
    4 * 20 - 200,
    6 * 10 - 200,
  ]);
});

onDevices("spills, swapped operands and constants", (run) => {
  const program = assemble({
    inputs: ["float32", "int32"],
    outputs: ["float32", "int32"],
    spills: ["float32"],
    constants: 2,
    code: [
      ["load", F32, 0],
      ["square", F32],
      ["store", F32, SPILL],
      ["load", F32, 1],
      ["sub", F32 | SWAP, SPILL],
      ["mul", F32, CONST + 1],
      ["store", F32, OUTPUT],
      ["load", I32, 1],
      ["add", I32, CONST],
      ["store", I32, OUTPUT + 1],
    ],
  });
  const dtypes = ["float32", "int32", "float32", "int32"] as const;
  const operands = dtypes.map((dtype, slot) => contiguous(slot, dtype, [3]));
  const [, , floats, integers] = run(
    [{ kind: "map", program, constants: [1, 0], jobs: [{ shape: [3], operands }] }],
    [
      arrayOf("float32", [1, 2, 3]),
      arrayOf("int32", [10, 20, 30]),
      arrayOf("float32", [0, 0, 0]),
      arrayOf("int32", [0, 0, 0]),
    ],
    [0.5, 7.9],
  );
  assertEquals([...floats!], [-4.5, -8, -10.5]);
  assertEquals([...integers!], [17, 27, 37]);
});

onDevices("an index input is its own position, and random numbers are a function of it", (run) => {
  const seed = 2 ** 40 + 12345, base = 2 ** 33 + 5;
  const program = assemble({
    inputs: ["index"],
    outputs: ["float32", "float64", "int32"],
    constants: 2,
    code: [
      ["random", F32, 0, CONST],
      ["store", F32, OUTPUT],
      ["random", F64, 0, CONST],
      ["store", F64, OUTPUT + 1],
      ["load", I32, 0],
      ["store", I32, OUTPUT + 2],
    ],
  });
  const operands = [
    strided(-1, "index", [3, -1], 2),
    contiguous(0, "float32", [2, 3]),
    contiguous(1, "float64", [2, 3]),
    contiguous(2, "int32", [2, 3]),
  ];
  const zeros = [0, 0, 0, 0, 0, 0], positions = [2, 1, 0, 5, 4, 3];
  const [single, double, index] = run(
    [{ kind: "map", program, constants: [0, 1], jobs: [{ shape: [2, 3], operands }] }],
    [arrayOf("float32", zeros), arrayOf("float64", zeros), arrayOf("int32", zeros)],
    [seed, base],
  );
  assertEquals([...single!], positions.map((i) => uniform32(i, seed, base)));
  assertEquals([...double!], positions.map((i) => uniform64(i, seed, base)));
  assertEquals([...index!], positions);
});

onDevices("jobs of one step, in place and of no elements", (run) => {
  const program = assemble({
    inputs: ["float32"],
    outputs: ["float32"],
    code: [["load", F32, 0], ["neg", F32], ["store", F32, OUTPUT]],
  });
  const jobs = [0, 1, 2].map((slot) => {
    const shape = [slot, 2];
    return { shape, operands: [contiguous(slot, "float32", shape), contiguous(slot, "float32", shape)] };
  });
  const results = run(
    [{ kind: "map", program, constants: [], jobs }],
    [arrayOf("float32", []), arrayOf("float32", [1, 2]), arrayOf("float32", [3, 4, 5, 6])],
  );
  assertEquals(results.map((array) => [...array]), [[], [-1, -2], [-3, -4, -5, -6]]);
});

const GATHER_SOURCE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

onDevices("gather picks along an axis, in any dtype", (run) => {
  for (const dtype of Object.keys(DTYPES) as DType[]) {
    const [, , result] = run(
      [{
        kind: "gather",
        shape: [2, 2],
        axis: 1,
        size: 4,
        source: strided(0, dtype, [4, 1], 4),
        index: strided(1, "int32", [1, 2]),
        result: contiguous(2, dtype, [2, 2]),
      }],
      [arrayOf(dtype, GATHER_SOURCE), arrayOf("int32", [3, 0, 1, 1]), arrayOf(dtype, [0, 0, 0, 0])],
    );
    assertEquals([...result!], [...arrayOf(dtype, [7, 5, 8, 9])]);
  }
});

onDevices("scatterAdd adds what falls on the same place", (run) => {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    const [, , result] = run(
      [{
        kind: "scatterAdd",
        shape: [3, 2],
        axis: 0,
        size: 2,
        source: contiguous(0, dtype, [3, 2]),
        index: strided(1, "int32", [1, 0]),
        result: contiguous(2, dtype, [2, 2]),
      }],
      [arrayOf(dtype, [1, 2, 3, 4, 5, 6]), arrayOf("int32", [1, 0, 1]), arrayOf(dtype, [0, 0, 0, 0])],
    );
    assertEquals([...result!], [3, 4, 6, 8]);
  }
});

onDevices("an index out of range is an IndexError that says which", (run) => {
  for (const index of [5, -1]) {
    const error = assertThrows(() =>
      run(
        [{
          kind: "gather",
          shape: [2],
          axis: 0,
          size: 5,
          source: contiguous(0, "float32", [5]),
          index: contiguous(1, "int32", [2]),
          result: contiguous(2, "float32", [2]),
        }],
        [arrayOf("float32", [1, 2, 3, 4, 5]), arrayOf("int32", [0, index]), arrayOf("float32", [0, 0])],
      ), IndexError);
    assertStringIncludes(error.message, `index ${index} is out of range for axis 0 with size 5`);
  }
});

onDevices("an operand that leaves its storage is refused", (run) => {
  const program = opProgram("neg", "float32", 1);
  for (
    const source of [
      strided(0, "float32", [2]),
      strided(0, "float32", [-1], 2),
      strided(0, "float32", [1], 1),
    ]
  ) {
    const job = { shape: [4], operands: [source, contiguous(1, "float32", [4])] };
    assertThrows(
      () =>
        run(
          [{ kind: "map", program, constants: [], jobs: [job] }],
          [arrayOf("float32", [1, 2, 3, 4]), arrayOf("float32", [0, 0, 0, 0])],
        ),
      KernelError,
      "map",
    );
  }
});

for (const device of DEVICES) {
  Deno.test(`${device}: bytes that user code transferred away are not touched`, () => {
    const storage = allocate(40_000);
    structuredClone(expose(storage, "float32", 0, 10_000), {
      transfer: [storage.buffer],
    });
    const operand = contiguous(0, "float32", [10_000]), backend = backendOf(device);
    const steps = backend.compile([{
      kind: "map",
      program: opProgram("neg", "float32", 1),
      constants: [],
      jobs: [{ shape: [10_000], operands: [operand, operand] }],
    }]);
    assertThrows(
      () => steps.run([backend.place(storage)], new Float64Array(0)),
      DisposedError,
      "transferred",
    );
  });
}

Deno.test("checkDevice names the devices that there are, and looks for a GPU only if one is named", () => {
  assertEquals(checkDevice("reference"), "reference");
  for (const name of [3, "gpu", "cuda:", "cuda:01", "CUDA"]) {
    assertThrows(() => checkDevice(name), DeviceError, "want one of cpu, reference, cuda, cuda:1 …");
  }
  if (cudaAvailable()) assertEquals(checkDevice("cuda:0"), "cuda");
  else assertThrows(() => checkDevice("cuda:0"), DeviceError, `device cuda: ${cudaUnavailableReason()}`);
});
