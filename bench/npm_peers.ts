// deno-lint-ignore-file no-console -- a peer that is missing is told of
/**
 * Peers from npm, in this process: loaded when a benchmark asks for them, by versions that stand here.
 *
 * @module
 */
import { type Input, PEERS, typedInput, type Values, wordsOf, type Work } from "./case.ts";

/** The keys of the peers. */
export const NPM_PEERS = ["tfjs", "jaxJs", "numpyTs"] as const;

/** The key of a peer. */
export type NpmPeerKey = typeof NPM_PEERS[number];

/** How a peer does a piece of work. */
interface Ways {
  /** Does it once. */
  readonly run: () => void | Promise<void>;
  /** Does it and gives its numbers. */
  readonly values: () => ArrayLike<number>;
}

/** A piece of work in a peer's words, its inputs made; they go with it. */
export interface NpmWork extends Ways, Disposable {}

/** An array of any of the peers. */
interface Foreign {
  dispose?(): void;
  dataSync?(): ArrayLike<number>;
  blockUntilReady?(): Promise<unknown>;
  readonly ref?: Foreign;
  readonly data?: ArrayLike<number>;
}

type Compute = (...inputs: Foreign[]) => Foreign;

/** What each peer has to say: how its arrays are made, how its words are run, what names they use. */
interface NpmPeer {
  /** The packages with their versions. */
  readonly about: string;
  /** What the words see. */
  readonly names: Readonly<Record<string, unknown>>;
  readonly array: (values: ArrayLike<number>, input: Input) => Foreign;
  readonly work: (compute: Compute, inputs: readonly Foreign[], reads: boolean) => Ways;
}

// The names are computed, so that nothing of these packages is loaded or checked but in a benchmark.
const PACKAGES = {
  tfjs: ["npm:@tensorflow/tfjs-core@4.22.0", "npm:@tensorflow/tfjs-backend-wasm@4.22.0"],
  jaxJs: ["npm:@jax-js/jax@0.1.25"],
  numpyTs: ["npm:numpy-ts@1.7.0"],
} as const;

interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  tidy(f: () => Foreign): Foreign;
  tensor(values: ArrayLike<number>, shape: readonly number[], dtype: string): Foreign;
}

interface TfjsWasm {
  setWasmPaths(folder: string): void;
  getThreadsCount(): number;
}

async function loadTfjs(): Promise<NpmPeer> {
  const [core, wasm] = PACKAGES.tfjs;
  const backend: TfjsWasm = await import(wasm), tf: Tfjs = await import(core);
  backend.setWasmPaths(new URL(".", import.meta.resolve(wasm)).pathname);
  if (!await tf.setBackend("wasm")) throw new Error("its wasm backend does not start");
  const only = { float32: "float32", int32: "int32" } as Readonly<Record<string, string>>;
  return {
    about: `${core}, wasm (${backend.getThreadsCount()} thread)`,
    names: { tf },
    array: (values, input) => {
      const { shape, dtype } = typedInput(input), here = only[dtype];
      if (here === undefined) throw new Error(`it has no ${dtype}`);
      return tf.tensor(values, shape, here);
    },
    work: (compute, inputs, reads) => {
      const once = (): Foreign => tf.tidy(() => compute(...inputs));
      const values = (): ArrayLike<number> => {
        const result = once(), read = result.dataSync!();
        result.dispose!();
        return read;
      };
      return { run: reads ? () => void values() : () => once().dispose!(), values };
    },
  };
}

interface JaxJs {
  init(): Promise<readonly string[]>;
  defaultDevice(name: string): string;
  jit(f: Compute): Compute;
  readonly numpy: {
    array(values: ArrayLike<number>, options: { shape: readonly number[]; dtype: string }): Foreign;
  };
  readonly nn: unknown;
}

async function loadJaxJs(): Promise<NpmPeer> {
  const [name] = PACKAGES.jaxJs;
  const jax: JaxJs = await import(name);
  await jax.init();
  jax.defaultDevice("wasm");
  return {
    about: `${name}, wasm (a worker a core)`,
    names: { np: jax.numpy, nn: jax.nn },
    array: (values, input) => {
      const { shape, dtype } = typedInput(input);
      return jax.numpy.array(values, { shape, dtype });
    },
    work: (compute, inputs, reads) => {
      const jitted = jax.jit(compute), once = (): Foreign => jitted(...inputs.map((input) => input.ref!));
      // Reading the values gives the array up.
      const values = (): ArrayLike<number> => once().dataSync!();
      const run = async (): Promise<void> => {
        const result = once();
        await result.blockUntilReady!();
        result.dispose!();
      };
      return { run: reads ? () => void values() : run, values };
    },
  };
}

interface NumpyTs {
  configureWasm(options: { maxMemory: number }): void;
  array(values: ArrayLike<number>, dtype: string): { reshape(...shape: number[]): Foreign };
}

/** Each step's array from the one before, which is freed: that peer's memory fills if nobody does. */
function steps(first: Foreign, ...next: readonly ((x: Foreign) => Foreign)[]): Foreign {
  return next.reduce((x, step) => {
    const made = step(x);
    x.dispose?.();
    return made;
  }, first);
}

async function loadNumpyTs(): Promise<NpmPeer> {
  const [name] = PACKAGES.numpyTs;
  const np: NumpyTs = await import(name);
  np.configureWasm({ maxMemory: 2 ** 31 });
  return {
    about: `${name} (1 thread)`,
    names: { np, steps },
    array: (values, input) => {
      const { shape, dtype } = typedInput(input);
      return np.array(values, dtype).reshape(...shape);
    },
    work: (compute, inputs, reads) => {
      const once = (): Foreign => compute(...inputs);
      const values = (): ArrayLike<number> => {
        const result: Foreign | number = once();
        return typeof result === "number" ? [result] : result.data!;
      };
      const run = reads ? () => void values() : () => once().dispose?.();
      return { run, values };
    },
  };
}

const LOADERS = { tfjs: loadTfjs, jaxJs: loadJaxJs, numpyTs: loadNumpyTs } as const;

/** Those peers that could be loaded. */
export class NpmPeers {
  readonly #peers: Partial<Record<NpmPeerKey, NpmPeer>> = {};

  private constructor() {}

  /** Loads the packages; one that cannot be loaded is told of. */
  static async load(): Promise<NpmPeers> {
    const made = new NpmPeers();
    for (const key of NPM_PEERS) {
      try {
        made.#peers[key] = await LOADERS[key]();
      } catch (error) {
        console.error(`Skipping ${PEERS[key]}: ${(error as Error).message}`);
      }
    }
    return made;
  }

  /** What was loaded, with versions. */
  versions(): string[] {
    return Object.values(this.#peers).map(({ about }) => about.replaceAll("npm:", ""));
  }

  /** A piece of work in a peer's words; undefined if there is no such peer, or it has none. */
  prepare(key: NpmPeerKey, work: Work, values: Values, reads: boolean): NpmWork | undefined {
    const peer = this.#peers[key], words = wordsOf(work.peers, key);
    if (peer === undefined || words === undefined) return undefined;
    const names = Object.keys(work.inputs);
    const bind = new Function(...Object.keys(peer.names), `return (${names}) => ${words};`);
    const compute: Compute = bind(...Object.values(peer.names));
    const inputs = Object.entries(work.inputs).map(([name, input]) => peer.array(values[name]!, input));
    const dispose = (): void => inputs.forEach((input) => input.dispose?.());
    return { ...peer.work(compute, inputs, reads), [Symbol.dispose]: dispose };
  }
}
