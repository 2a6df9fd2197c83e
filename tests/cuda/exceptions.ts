/**
 * What of the suite does not run on a GPU, with the reason. `tools/cuda_suite.ts` holds the suite to it: all else
 * passes there, and what stands here and passes too has no business here.
 */

/** Files and folders of tests whose processes choose their device, driver or library; they run with the CPU's suite. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "tests/cuda/": "starts simulated drivers of its own",
  "tests/install/": "installs, finds and loads the library",
  "tests/simulator/": "starts simulated drivers of its own",
  "tests/tiers_test.ts": "runs the suite again with each SIMD tier of the CPU",
};

/** Stands for all tests of a file. */
export const EVERY = "*";

const PATHS = "tells the CPU's paths, threads and SIMD tiers";

/** For each file, the tests that are of the CPU alone. */
export const OF_THE_CPU: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tests/compile_fold_test.ts": { "a fold is one kernel, however many rounds it has": PATHS },
  "tests/compile_program_test.ts": {
    "compiled programs: plans begin before the call comes to them, if there are threads":
      "only the CPU's plans begin ahead: a GPU's work is queued as it is",
  },
  "tests/format_test.ts": {
    [EVERY]: "prints tensors of the default device, which name it unless it is the CPU",
  },
  "tests/fusion_test.ts": { "explain tells how a product runs": PATHS },
  "tests/rows_test.ts": { [EVERY]: "counts the CPU's blocks of rows" },
  "tests/run_facts_test.ts": { [EVERY]: PATHS },
  "tests/same_bits_test.ts": {
    "random graphs reach every step and every path of the kernels": "counts the CPU's paths",
  },
};
