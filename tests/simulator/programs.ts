/**
 * What the child processes of the simulator's tests do: `programs.ts NAME` prints the result of one as JSON.
 */
import {
  allocate,
  built,
  check,
  cubin,
  cuda,
  download,
  kernelOf,
  launch,
  start,
  text,
  tryLaunch,
  upload,
} from "./driver.ts";
import { fragmentPrograms } from "./fragment_programs.ts";
import { graphPrograms } from "./graph_programs.ts";
import { kernelPrograms } from "./kernel_programs.ts";

/** Runs a call and returns the name of its error, or "". */
export function errorOf(run: () => void): string {
  try {
    run();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a process sees of the driver that the environment chose. */
function facts(): unknown {
  const result = cuda.cuInit(0);
  const [version, count] = [new Int32Array(1), new Int32Array(1)];
  cuda.cuDriverGetVersion(version);
  if (result !== 0) return { result, version: version[0] };
  cuda.cuDeviceGetCount(count);
  const attribute = (which: number): number => {
    const value = new Int32Array(1);
    check(cuda.cuDeviceGetAttribute(value, which, 0));
    return value[0]!;
  };
  start();
  const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
  check(cuda.cuMemGetInfo_v2(free, total));
  return {
    result,
    version: version[0],
    count: count[0],
    capability: [attribute(75), attribute(76)],
    total: Number(total[0]),
  };
}

/** PTX of a version of the language, as far as the driver looks at it. */
function ptx(version: string, architecture: number): Uint8Array<ArrayBuffer> {
  return text(`//\n.version ${version}\n.target sm_${architecture}\n.visible .entry vector_add(\n)\n`);
}

/** A cubin as CUDA 13 writes it: another version of the format, with the architecture elsewhere. */
function ofCuda13(): Uint8Array<ArrayBuffer> {
  const bytes = cubin(["vector_add"]);
  bytes[8] = 8;
  new DataView(bytes.buffer).setUint32(48, 80 << 8, true);
  return bytes;
}

/** Which images the device takes, and where their kernels are looked for. */
function images(): unknown {
  start();
  return {
    good: errorOf(() => kernelOf(cubin(["vector_add"]), "vector_add")),
    absentInCubin: errorOf(() => kernelOf(cubin(["other"]), "vector_add")),
    absentInKernels: errorOf(() => kernelOf(cubin(["not_built"]), "not_built")),
    older: errorOf(() => kernelOf(cubin(["vector_add"], 75), "vector_add")),
    newer: errorOf(() => kernelOf(cubin(["vector_add"], 86), "vector_add")),
    ofCuda13: errorOf(() => kernelOf(ofCuda13(), "vector_add")),
    ptx: errorOf(() => kernelOf(ptx("8.7", 80), "vector_add")),
    newerPtx: errorOf(() => kernelOf(ptx("8.8", 80), "vector_add")),
    ptxForNewer: errorOf(() => kernelOf(ptx("8.7", 86), "vector_add")),
    absentInPtx: errorOf(() => kernelOf(ptx("8.7", 80), "other")),
    garbage: errorOf(() => kernelOf(new Uint8Array(64), "vector_add")),
  };
}

/** Calls that a device would answer by writing somewhere else. */
function bounds(): unknown {
  start();
  const address = allocate(64);
  const copy = (to: bigint, bytes: number): string =>
    errorOf(() => check(cuda.cuMemcpyHtoDAsync_v2(to, new Uint8Array(256), BigInt(bytes), 0n)));
  const kernel = built("vector_add");
  const add = (pointer: bigint): number =>
    tryLaunch(kernel, { grid: [1], block: [16] }, [address, address, pointer, 16]);
  const bounded = kernelOf(cubin(["vector_add"], 80, 128), "vector_add");
  const boundedBlock = (threads: number): number =>
    tryLaunch(bounded, { grid: [1], block: [threads] }, [address, address, address, 16]);
  const result = {
    fits: copy(address, 64),
    tooLong: copy(address, 65),
    before: copy(address - 1n, 8),
    memset: errorOf(() => check(cuda.cuMemsetD8Async(address + 60n, 0, 8n, 0n))),
    goodPointer: add(address),
    hostPointer: add(4096n),
    farPointer: add(address + 4096n),
    emptyGrid: tryLaunch(kernel, { grid: [0], block: [16] }, [address, address, address, 16]),
    boundedBlocks: [boundedBlock(128), boundedBlock(129)],
    largeBlock: tryLaunch(kernel, { grid: [1], block: [64, 32] }, [address, address, address, 16]),
    muchShared: tryLaunch(kernel, { grid: [1], block: [16], shared: 49153 }, [address, address, address, 16]),
  };
  check(cuda.cuMemFreeAsync(address, 0n));
  return {
    ...result,
    freed: add(address),
    freedTwice: errorOf(() => check(cuda.cuMemFreeAsync(address, 0n))),
  };
}

/** Fresh memory is poison, and what nobody frees is told at the end. */
function many(): unknown {
  start();
  const addresses = Array.from({ length: 40_000 }, () => allocate(40));
  const distinct = new Set(addresses).size;
  for (const address of addresses) check(cuda.cuMemFree_v2(address));
  return { distinct, live: Number(cuda.cudaSimulatorLiveBytes()) };
}

function leak(): unknown {
  start();
  const [kept, freed] = [allocate(1000), allocate(500)];
  const fresh = download(kept, new Uint8Array(1000));
  check(cuda.cuMemFree_v2(freed));
  return { poisoned: fresh.every((byte) => byte === 0xff), live: Number(cuda.cudaSimulatorLiveBytes()) };
}

/** Errors that the environment asks for: of the third allocation, and of the second launch. */
function failures(): unknown {
  start();
  const a = upload(new Float32Array([1, 2, 3]));
  const b = allocate(12);
  const third = errorOf(() => allocate(12));
  const kernel = built("vector_add");
  const add = (): string =>
    errorOf(() => {
      launch(kernel, { grid: [1], block: [32] }, [a, a, b, 3]);
      check(cuda.cuCtxSynchronize());
    });
  return {
    third,
    fourth: errorOf(() => allocate(12)),
    launches: [add(), add(), add()],
    after: errorOf(() => allocate(4)),
  };
}

/** Milliseconds and microseconds of the launches that the README states. */
function speed(): unknown {
  start();
  const best = (times: number, run: () => void): number => {
    let least = Infinity;
    for (let i = 0; i < times; i++) {
      const begin = performance.now();
      run();
      least = Math.min(least, performance.now() - begin);
    }
    return least;
  };
  const sync = (): void => check(cuda.cuCtxSynchronize());
  const count = 1 << 20;
  const ones = upload(new Float32Array(count).fill(1));
  const out = allocate(4 * count);
  const [add, product, sum] = [built("vector_add"), built("matmul"), built("block_sum")];
  const run = (kernel: bigint, grid: number[], block: number[], args: (bigint | number)[]) => (): void => {
    launch(kernel, { grid, block }, args);
    sync();
  };
  return {
    addMillion: best(5, run(add, [count / 256], [256], [ones, ones, out, count])),
    oneBlock: 1000 * best(200, run(add, [1], [256], [ones, ones, out, 256])),
    oneSmallBlock: 1000 * best(200, run(add, [1], [32], [ones, ones, out, 32])),
    matmul256: best(5, run(product, [16, 16], [16, 16], [ones, ones, out, 256, 256, 256])),
    sumMillion: best(5, run(sum, [count / 256], [256], [ones, out, count])),
  };
}

const programs: Record<string, () => unknown> = {
  facts,
  images,
  bounds,
  leak,
  many,
  failures,
  speed,
  ...kernelPrograms,
  ...fragmentPrograms,
  ...graphPrograms,
};

if (import.meta.main) {
  // deno-lint-ignore no-console -- the parent process reads it
  console.log(JSON.stringify(programs[Deno.args[0]!]!()));
}
