// deno-lint-ignore-file no-console -- scripts end with what it says
/**
 * The device that a command line names.
 *
 * @module
 */
import { type Device, DeviceError, zeros } from "@tensaur/tensaur";

/** The device of a name, looked for now. Throws the library's `DeviceError` if it is none, or cannot be used here. */
export function deviceOf(name: string): Device {
  return zeros([1], { device: name as Device }).device;
}

/** The same for a script, which ends in one line if there is no such device. */
export function deviceOrExit(name: string): Device {
  try {
    return deviceOf(name);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

/** Whether a device is a GPU, which goes on working when a call has come back. */
export function isGpu(device: Device): boolean {
  return device.startsWith("cuda");
}
