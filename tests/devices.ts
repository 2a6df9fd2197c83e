/**
 * The devices that tests compute on. `TENSAUR_DEVICE` names the first one, which is the default of all that is made:
 * so the same tests are those of the CPU and those of a GPU.
 */
import { type Device, ones } from "../mod.ts";

/** The default device, which tests come back to. */
export const DEVICE: Device = ones([]).device;

/** It and the one of plain definitions. */
export const DEVICES: readonly Device[] = [DEVICE, "reference"];
