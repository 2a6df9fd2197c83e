/**
 * All parts of a diagnosis put together; the native library is opened only here, where that may fail.
 *
 * @module
 */
import { denoHost, messageOf } from "../backend/loader/host.ts";
import { RELEASE } from "../backend/release.ts";
import type { Diagnosis, Problem } from "../doctor.ts";
import { cacheState, permissionStates } from "./system.ts";

/** What is known only with the library. */
type WithLibrary = Pick<Diagnosis, "library" | "simd" | "threads" | "gpus" | "devices">;

/** Looks at everything. */
export async function diagnose(seconds: number): Promise<Diagnosis> {
  const found = {
    versions: { tensaur: RELEASE.version, ...Deno.version },
    target: Deno.build.target,
    // Before the library is opened, which may fill the cache.
    cache: await cacheState(denoHost, RELEASE),
    permissions: permissionStates(),
    ...await withLibrary(seconds),
  };
  return { ...found, problems: problemsOf(found) };
}

async function withLibrary(seconds: number): Promise<WithLibrary> {
  try {
    const [{ opened }, { simd, threads }, { cudaDevices, cudaUnavailableReason }, tests] = await Promise.all([
      import("../backend/library.ts"),
      import("../backend/devices.ts"),
      import("../backend/cuda.ts"),
      import("./devices.ts"),
    ]);
    const { path, origin, library } = opened;
    return {
      library: { path, origin, abi: library.abiVersion(), error: null },
      simd: simd(),
      threads: threads(),
      gpus: { found: cudaDevices(), reason: cudaUnavailableReason() },
      devices: tests.deviceNames().map((device) => tests.testDevice(device, seconds)),
    };
  } catch (error) {
    const reason = "the native library could not be opened";
    return {
      library: { path: null, origin: null, abi: null, error: messageOf(error) },
      simd: null,
      threads: null,
      gpus: { found: [], reason },
      devices: [],
    };
  }
}

function problemsOf({ library, cache, simd, devices }: Omit<Diagnosis, "problems">): Problem[] {
  const problems: Problem[] = [];
  if (library.error !== null) {
    const cure = "do one of the things that the message names; docs/install.md tells more";
    problems.push({ what: library.error, cure });
  }
  if (cache.state === "wrong" || cache.state === "unreadable") {
    const cure = `remove the file; the next start fetches it again, with ${
      cache.lacking.first.join(" ") || "what is permitted"
    }`;
    problems.push({ what: `In the cache, ${cache.reason}`, cure });
  }
  if (simd === "plain") {
    problems.push({
      what: "The kernels run without vector instructions",
      cure: "unset TENSAUR_SIMD if it is set; else this processor has neither AVX2 nor NEON",
    });
  }
  for (const { device, error } of devices) {
    if (error === null) continue;
    problems.push({
      what: `The device ${device} fails: ${error}`,
      cure: "report this, with the whole diagnosis",
    });
  }
  return problems;
}
