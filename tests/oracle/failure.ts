/**
 * Plans that fail on demand.
 *
 * @module
 */
import type { Backend, Executable, Step } from "../../src/backend/backend.ts";
import { backendOf } from "../../src/backend/devices.ts";
import type { Storage } from "../../src/backend/storage.ts";
import { DEVICE } from "../devices.ts";

/** What a plan throws that was told to fail. */
export class InjectedFailure extends Error {}

/** While it lives, plans can be told to fail: after all their kernels have run, which is the worst moment. */
export class FailingPlans implements Disposable {
  /** How many plans run until one fails; 0 for none. */
  countdown = 0;
  readonly #backend: { compile: Backend["compile"] };
  readonly #compile: Backend["compile"];

  constructor() {
    this.#backend = backendOf(DEVICE);
    this.#compile = this.#backend.compile;
    this.#backend.compile = (steps: readonly Step[]): Executable => {
      const executable = this.#compile.call(this.#backend, steps);
      return {
        run: (slots: readonly Storage[], params: Float64Array): void => {
          executable.run(slots, params);
          this.#fail();
        },
        profile: (slots: readonly Storage[], params: Float64Array): Float64Array => {
          const spent = executable.profile(slots, params);
          this.#fail();
          return spent;
        },
        report: () => executable.report(),
        free: (): void => executable.free(),
      };
    };
  }

  #fail(): void {
    if (this.countdown > 0 && --this.countdown === 0) {
      throw new InjectedFailure("This plan was told to fail");
    }
  }

  [Symbol.dispose](): void {
    this.#backend.compile = this.#compile;
  }
}
