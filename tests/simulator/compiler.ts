/** The simulated NVRTC as a child process sees it. */
import { text } from "./driver.ts";

const nvrtc = Deno.dlopen(`${Deno.env.get("CUDA_SIMULATOR_LIBRARY")}/libnvrtc.so.12`, {
  nvrtcVersion: { parameters: ["buffer", "buffer"], result: "i32" },
  nvrtcGetNumSupportedArchs: { parameters: ["buffer"], result: "i32" },
  nvrtcGetSupportedArchs: { parameters: ["buffer"], result: "i32" },
  nvrtcCreateProgram: { parameters: ["buffer", "buffer", "buffer", "i32", "u64", "u64"], result: "i32" },
  nvrtcCompileProgram: { parameters: ["u64", "i32", "buffer"], result: "i32" },
  nvrtcDestroyProgram: { parameters: ["buffer"], result: "i32" },
  nvrtcGetProgramLogSize: { parameters: ["u64", "buffer"], result: "i32" },
  nvrtcGetProgramLog: { parameters: ["u64", "buffer"], result: "i32" },
  nvrtcGetCUBINSize: { parameters: ["u64", "buffer"], result: "i32" },
  nvrtcGetCUBIN: { parameters: ["u64", "buffer"], result: "i32" },
}).symbols;

/** What became of a source. */
export interface Outcome {
  result: number;
  log: string;
  image: Uint8Array<ArrayBuffer>;
}

function read(
  program: bigint,
  size: (program: bigint, out: BigUint64Array<ArrayBuffer>) => number,
  get: (program: bigint, out: Uint8Array<ArrayBuffer>) => number,
): Uint8Array<ArrayBuffer> {
  const length = new BigUint64Array(1);
  size(program, length);
  const bytes = new Uint8Array(Number(length[0]));
  get(program, bytes);
  return bytes;
}

/** Compiles a source with the given options. */
export function compile(source: string, options: readonly string[]): Outcome {
  const program = new BigUint64Array(1);
  nvrtc.nvrtcCreateProgram(program, text(source), text("program.cu"), 0, 0n, 0n);
  const words = options.map(text);
  const pointers = new BigUint64Array(words.map((word) => {
    return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(word)));
  }));
  const result = nvrtc.nvrtcCompileProgram(program[0]!, words.length, pointers);
  const log = read(program[0]!, nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog);
  const image = read(program[0]!, nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN);
  nvrtc.nvrtcDestroyProgram(program);
  return { result, log: new TextDecoder().decode(log).replace(/\0$/, ""), image };
}

/** The version, and the architectures that it knows. */
export function facts(): { version: number[]; architectures: number[] } {
  const [major, minor, count] = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
  nvrtc.nvrtcVersion(major, minor);
  nvrtc.nvrtcGetNumSupportedArchs(count);
  const architectures = new Int32Array(count[0]!);
  nvrtc.nvrtcGetSupportedArchs(architectures);
  return { version: [major[0]!, minor[0]!], architectures: [...architectures] };
}
