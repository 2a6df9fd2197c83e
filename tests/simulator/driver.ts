/**
 * The driver as a child process sees it, each call checked: the simulated one in the folder `CUDA_SIMULATOR_LIBRARY`, or
 * that of this machine if no folder is named.
 */

const DRIVER = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetAttribute: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDevicePrimaryCtxRetain: { parameters: ["buffer", "i32"], result: "i32" },
  cuCtxSetCurrent: { parameters: ["u64"], result: "i32" },
  cuCtxSynchronize: { parameters: [], result: "i32" },
  cuGetErrorName: { parameters: ["i32", "buffer"], result: "i32" },
  cuMemAlloc_v2: { parameters: ["buffer", "usize"], result: "i32" },
  cuMemFree_v2: { parameters: ["u64"], result: "i32" },
  cuMemFreeAsync: { parameters: ["u64", "u64"], result: "i32" },
  cuMemGetInfo_v2: { parameters: ["buffer", "buffer"], result: "i32" },
  cuMemHostAlloc: { parameters: ["buffer", "usize", "u32"], result: "i32" },
  cuMemFreeHost: { parameters: ["u64"], result: "i32" },
  cuMemcpyHtoDAsync_v2: { parameters: ["u64", "buffer", "usize", "u64"], result: "i32" },
  cuMemcpyDtoHAsync_v2: { parameters: ["buffer", "u64", "usize", "u64"], result: "i32" },
  cuMemcpyDtoDAsync_v2: { parameters: ["u64", "u64", "usize", "u64"], result: "i32" },
  cuMemsetD8Async: { parameters: ["u64", "u8", "usize", "u64"], result: "i32" },
  cuMemsetD32Async: { parameters: ["u64", "u32", "usize", "u64"], result: "i32" },
  cuStreamCreate: { parameters: ["buffer", "u32"], result: "i32" },
  cuStreamSynchronize: { parameters: ["u64"], result: "i32" },
  cuStreamQuery: { parameters: ["u64"], result: "i32" },
  cuStreamWaitEvent: { parameters: ["u64", "u64", "u32"], result: "i32" },
  cuStreamBeginCapture_v2: { parameters: ["u64", "i32"], result: "i32" },
  cuStreamEndCapture: { parameters: ["u64", "buffer"], result: "i32" },
  cuStreamIsCapturing: { parameters: ["u64", "buffer"], result: "i32" },
  cuEventCreate: { parameters: ["buffer", "u32"], result: "i32" },
  cuEventRecord: { parameters: ["u64", "u64"], result: "i32" },
  cuEventRecordWithFlags: { parameters: ["u64", "u64", "u32"], result: "i32" },
  cuEventQuery: { parameters: ["u64"], result: "i32" },
  cuEventSynchronize: { parameters: ["u64"], result: "i32" },
  cuEventElapsedTime: { parameters: ["buffer", "u64", "u64"], result: "i32" },
  cuModuleLoadData: { parameters: ["buffer", "buffer"], result: "i32" },
  cuModuleGetFunction: { parameters: ["buffer", "u64", "buffer"], result: "i32" },
  cuFuncSetAttribute: { parameters: ["u64", "i32", "i32"], result: "i32" },
  cuLaunchKernel: {
    parameters: ["u64", "u32", "u32", "u32", "u32", "u32", "u32", "u32", "u64", "buffer", "u64"],
    result: "i32",
  },
  cuGraphInstantiateWithFlags: { parameters: ["buffer", "u64", "u64"], result: "i32" },
  cuGraphLaunch: { parameters: ["u64", "u64"], result: "i32" },
  cuGraphGetNodes: { parameters: ["u64", "buffer", "buffer"], result: "i32" },
  cuGraphNodeGetType: { parameters: ["u64", "buffer"], result: "i32" },
  cuGraphKernelNodeGetParams_v2: { parameters: ["u64", "buffer"], result: "i32" },
  cuGraphExecKernelNodeSetParams_v2: { parameters: ["u64", "u64", "buffer"], result: "i32" },
  cuGraphExecDestroy: { parameters: ["u64"], result: "i32" },
  cuGraphDestroy: { parameters: ["u64"], result: "i32" },
} as const;

const COUNTERS = {
  cudaSimulatorCalls: { parameters: ["buffer"], result: "u64" },
  cudaSimulatorResetCalls: { parameters: [], result: "void" },
  cudaSimulatorLiveBytes: { parameters: [], result: "u64" },
} as const;

const SYMBOLS: typeof DRIVER & typeof COUNTERS = { ...DRIVER, ...COUNTERS };

const folder = Deno.env.get("CUDA_SIMULATOR_LIBRARY");

/** The driver's functions, unchecked. Those that only the simulator has are not there elsewhere. */
export const cuda: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] = folder === undefined
  ? Deno.dlopen("libcuda.so.1", DRIVER as typeof SYMBOLS).symbols
  : Deno.dlopen(`${folder}/libcuda.so.1`, SYMBOLS).symbols;

type Functions = typeof cuda;

/** A zero-ended string. */
export function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value + "\0");
}

/** Throws an error with the name of a result that is no success. */
export function check(result: number): void {
  if (result === 0) return;
  const name = new BigUint64Array(1);
  cuda.cuGetErrorName(result, name);
  const pointer = Deno.UnsafePointer.create(name[0]!);
  throw new Error(pointer === null ? `error ${result}` : new Deno.UnsafePointerView(pointer).getCString());
}

/** The handle, or the address, that a call writes to its first argument. */
export function made(call: (out: BigUint64Array<ArrayBuffer>) => number): bigint {
  const out = new BigUint64Array(1);
  check(call(out));
  return out[0]!;
}

/** Makes the first device's context current. */
export function start(): void {
  check(cuda.cuInit(0));
  check(cuda.cuCtxSetCurrent(made((out) => cuda.cuDevicePrimaryCtxRetain(out, 0))));
}

/** Device memory of so many bytes. */
export function allocate(bytes: number): bigint {
  return made((out) => cuda.cuMemAlloc_v2(out, BigInt(bytes)));
}

/** Device memory with the bytes of an array. */
export function upload(values: ArrayBufferView<ArrayBuffer>, stream = 0n): bigint {
  const address = allocate(values.byteLength);
  check(cuda.cuMemcpyHtoDAsync_v2(address, bytesOf(values), BigInt(values.byteLength), stream));
  return address;
}

/** Fills an array from device memory. */
export function download<T extends ArrayBufferView<ArrayBuffer>>(address: bigint, into: T, stream = 0n): T {
  check(cuda.cuMemcpyDtoHAsync_v2(bytesOf(into), address, BigInt(into.byteLength), stream));
  return into;
}

function bytesOf(values: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A kernel's argument: an address or a 32-bit number. */
export type Argument = bigint | number;

/** The arguments as `cuLaunchKernel` takes them; both arrays must live as long as they are read. */
export class Arguments {
  readonly #values: BigUint64Array<ArrayBuffer>;
  readonly pointers: BigUint64Array<ArrayBuffer>;

  constructor(values: readonly Argument[]) {
    this.#values = new BigUint64Array(values.map((value) => BigInt.asUintN(64, BigInt(value))));
    const first = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#values)));
    this.pointers = new BigUint64Array(values.map((_, i) => first + 8n * BigInt(i)));
  }
}

/** Where and in which shape a kernel runs. */
export interface Shape {
  grid: readonly number[];
  block: readonly number[];
  shared?: number;
  stream?: bigint;
}

/** Queues a kernel; the result of the call. */
export function tryLaunch(kernel: bigint, shape: Shape, values: readonly Argument[]): number {
  const [gridX = 1, gridY = 1, gridZ = 1] = shape.grid;
  const [blockX = 1, blockY = 1, blockZ = 1] = shape.block;
  const { pointers } = new Arguments(values);
  const { shared = 0, stream = 0n } = shape;
  return cuda.cuLaunchKernel(
    ...[kernel, gridX, gridY, gridZ, blockX, blockY, blockZ, shared, stream, pointers, 0n] as Parameters<
      Functions["cuLaunchKernel"]
    >,
  );
}

/** Queues a kernel. */
export function launch(kernel: bigint, shape: Shape, values: readonly Argument[]): void {
  check(tryLaunch(kernel, shape, values));
}

/** The kernel of a name in an image. */
export function kernelOf(image: Uint8Array<ArrayBuffer>, name: string): bigint {
  const module = made((out) => cuda.cuModuleLoadData(out, image));
  return made((out) => cuda.cuModuleGetFunction(out, module, text(name)));
}

/** The attribute of a kernel's section `.nv.info.NAME` that holds its launch bound. */
function launchBound(threads: number): Uint8Array<ArrayBuffer> {
  const [sized, maxThreads, bytes] = [4, 5, 12];
  return new Uint8Array(new Uint32Array([bytes << 16 | maxThreads << 8 | sized, threads, 1, 1]).buffer);
}

/** The smallest cubin that holds these kernels: an ELF file with `.text.NAME` for each, and its launch bound. */
export function cubin(names: readonly string[], architecture = 80, threads = 1024): Uint8Array<ArrayBuffer> {
  const sections: [name: string, bytes: Uint8Array<ArrayBuffer>][] = [["", text("").slice(1)], [
    ".shstrtab",
    text(""),
  ]];
  for (const name of names) {
    sections.push([`.text.${name}`, text("")], [`.nv.info.${name}`, launchBound(threads)]);
  }
  sections[1]![1] = text(sections.map(([name]) => name).join("\0"));
  const [headerBytes, sectionBytes] = [64, 64];
  let at = headerBytes + sections.length * sectionBytes;
  const bytes = new Uint8Array(at + sections.reduce((sum, [, content]) => sum + content.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0x33, 7]);
  view.setUint16(18, 190, true);
  view.setBigUint64(40, BigInt(headerBytes), true);
  view.setUint32(48, architecture << 16 | 0x500 | architecture, true);
  view.setUint16(60, sections.length, true);
  view.setUint16(62, 1, true);
  let nameAt = 0;
  for (const [i, [name, content]] of sections.entries()) {
    const header = headerBytes + i * sectionBytes;
    view.setUint32(header, nameAt, true);
    view.setBigUint64(header + 24, BigInt(at), true);
    view.setBigUint64(header + 32, BigInt(content.length), true);
    bytes.set(content, at);
    at += content.length;
    nameAt += name.length + 1;
  }
  return bytes;
}

/** What nvcc has made of the tests' kernels, where a device runs them that simulates nothing. */
const compiled = Deno.env.get("CUDA_KERNELS_CUBIN");

/** A kernel of the simulator's own tests. */
export function built(name: string): bigint {
  return kernelOf(compiled === undefined ? cubin([name]) : Deno.readFileSync(compiled), name);
}
