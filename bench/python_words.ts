/**
 * A row's words for the peers in Python, as snippets that can be run.
 *
 * @module
 */
import { type TypedInput, typedInput, type Values, wordsOf, type Work } from "./case.ts";
import type { Snippet } from "./python.ts";

/** The peers that are in Python, by their keys. */
export const PYTHON_PEERS = ["torch", "torchInto", "torchCompiled", "numpy", "numpyInto", "jax"] as const;

/** The key of a peer in Python. */
export type PythonPeer = typeof PYTHON_PEERS[number];

/** One of the packages: how its inputs are made, and its results read. */
interface Package {
  readonly imports: string;
  readonly random: (input: Omit<TypedInput, "dtype"> & { readonly dtype: string }, shape: string) => string;
  /** An array of NumPy's as one of its own. */
  readonly from: (array: string) => string;
  readonly read: (result: string) => string;
}

const NUMPY_IMPORTS = "import numpy as np\nrng = np.random.default_rng(0)";

function numpyRandom(
  { dtype, below }: { readonly dtype: string; readonly below?: number },
  shape: string,
): string {
  return below === undefined
    ? `rng.random(${shape}, dtype="${dtype}")`
    : `rng.integers(0, ${below}, ${shape})`;
}

const NUMPY: Package = {
  imports: NUMPY_IMPORTS,
  random: numpyRandom,
  from: (array) => array,
  read: (result) => result,
};

const TORCH: Package = {
  imports: "import torch",
  random: ({ dtype, below }, shape) =>
    below === undefined
      ? `torch.rand(${shape}, dtype=torch.${dtype})`
      : `torch.randint(0, ${below}, ${shape})`,
  from: (array) => `torch.from_numpy(${array})`,
  read: (result) => `(${result}).numpy()`,
};

const JAX: Package = {
  imports: `${NUMPY_IMPORTS}\nimport jax\nimport jax.numpy as jnp`,
  random: (input, shape) => `jnp.asarray(${numpyRandom(input, shape)})`,
  from: (array) => `jnp.asarray(${array})`,
  read: (result) => `np.asarray(${result})`,
};

const PACKAGES: Readonly<Record<PythonPeer, Package>> = {
  torch: TORCH,
  torchInto: TORCH,
  torchCompiled: TORCH,
  numpy: NUMPY,
  numpyInto: NUMPY,
  jax: JAX,
};

function tuple(shape: readonly number[]): string {
  return `(${shape.map((length) => `${length}, `).join("")})`;
}

/** The lines that import a package, and say how wide its numbers may be. */
function imports(of: Package, work: Work): string[] {
  if (of !== JAX) return [of.imports];
  const wide = Object.values(work.inputs).some((input) => typedInput(input).dtype === "float64");
  return [of.imports, `jax.config.update("jax_enable_x64", ${wide ? "True" : "False"})`];
}

function randomInputs(of: Package, work: Work): string[] {
  return Object.entries(work.inputs).map(([name, input]) => {
    const typed = typedInput(input);
    return `${name} = ${of.random(typed, tuple(typed.shape))}`;
  });
}

function givenInputs(of: Package, work: Work, values: Values): string[] {
  return Object.entries(work.inputs).map(([name, input]) => {
    const { shape, dtype, below } = typedInput(input);
    const array = `np.array([${Array.from(values[name]!)}], dtype="${
      below === undefined ? dtype : "int64"
    }")`;
    return `${name} = ${of.from(`${array}.reshape(${tuple(shape)})`)}`;
  });
}

/** The words of a peer as a snippet; undefined if the row has none for it. */
export function snippetOf(work: Work, peer: PythonPeer, reads: boolean): Snippet | undefined {
  const words = wordsOf(work.peers, peer);
  if (words === undefined) return undefined;
  const of = PACKAGES[peer], names = Object.keys(work.inputs).join(", ");
  const setup = [...imports(of, work), ...randomInputs(of, work)];
  const read = (result: string): string => reads ? of.read(result) : result;
  const call = `f(${names})`;
  switch (peer) {
    case "torch":
    case "numpy":
      return { setup: setup.join("\n"), code: read(words) };
    case "torchCompiled":
      setup.push(`f = torch.compile(lambda ${names}: ${words})`, call, call);
      return { setup: setup.join("\n"), code: read(call) };
    case "jax":
      setup.push(`f = jax.jit(lambda ${names}: ${words})`, `${call}.block_until_ready()`);
      return { setup: setup.join("\n"), code: reads ? read(call) : `${call}.block_until_ready()` };
    case "torchInto":
    case "numpyInto":
      setup.push(...intoSetup(work, peer));
      return { setup: setup.join("\n"), code: read(words) };
  }
}

function intoSetup({ peers }: Work, peer: "torchInto" | "numpyInto"): string[] {
  const made = peer === "torchInto" ? peers.torch : peers.numpy;
  return [`o = ${made}`, ...(peer === "torchInto" && peers.torchSetup ? [peers.torchSetup] : [])];
}

/** The setup with given inputs and the expression whose value is the peer's result; undefined without words. */
export function valueOf(
  work: Work,
  peer: PythonPeer,
  values: Values,
): [setup: string, value: string] | undefined {
  const words = wordsOf(work.peers, peer);
  if (words === undefined) return undefined;
  const of = PACKAGES[peer];
  const setup = ["import numpy as np", ...imports(of, work), ...givenInputs(of, work, values)];
  if (peer === "torchInto" || peer === "numpyInto") {
    setup.push(...intoSetup(work, peer), words);
    return [setup.join("\n"), "o"];
  }
  return [setup.join("\n"), words];
}
