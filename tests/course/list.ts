/**
 * The course's tests, all of them, in the order of the tasks.
 */
import { GAPS } from "./gaps.ts";
import type { CourseTest } from "./mark.ts";
import { MODULE0 } from "./module0.ts";
import { MODULE1 } from "./module1.ts";
import { MODULE2 } from "./module2.ts";
import { MODULE3 } from "./module3.ts";

/** Every test of the course. */
export const COURSE: readonly CourseTest[] = [...MODULE0, ...MODULE1, ...MODULE2, ...MODULE3, ...GAPS];
