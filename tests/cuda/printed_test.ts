/**
 * What NVIDIA's compiler says of all that is printed: cubins for every architecture, where inline assembly is proved.
 * The simulated compiler keeps the sources of the programs that it is given.
 */
import { assert } from "@std/assert";
import { ARCHIVE, cubins } from "../../tools/cubins.ts";
import { PERMISSIONS, ready as hasCompiler, simulated } from "./child.ts";
import { ROWS, TYPES } from "./math_library.ts";

// The compiler is fetched where every check runs, and by who has compiled the kernels of the library.
const ready = hasCompiler && (Deno.env.has("CI") || await Deno.stat(ARCHIVE).then(() => true, () => false));

Deno.test({
  name: "every op, family and class is printed, and NVRTC takes it for every architecture",
  ignore: !ready,
  fn: async () => {
    const SOURCES = await Deno.makeTempDir();
    const programs = new URL("printed_programs.ts", import.meta.url).pathname;
    const env = { TENSAUR_CUDA_PROGRAMS: "compiled" };
    const { success, output } = await simulated(
      ["run", "--no-check", ...PERMISSIONS, programs],
      { SOURCES },
      env,
    );
    assert(success, output);
    const files = [...Deno.readDirSync(SOURCES)].map(({ name }) => `${SOURCES}/${name}`);
    const lines = files.flatMap((file) => Deno.readTextFileSync(file).split("\n"));
    for (const { name, dtypes, cuda } of ROWS) {
      for (const dtype of dtypes) {
        const printed = (line: string): boolean =>
          line.includes(`using T = ${TYPES[dtype]};`) && line.includes(`= static_cast<T>(${cuda}); }`);
        assert(lines.some(printed), `${name} of ${dtype} is not printed`);
      }
    }
    await cubins("compile", SOURCES);
    await Deno.remove(SOURCES, { recursive: true });
  },
});
