/**
 * The training example, run as users run it.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cudaAvailable, cudaDevices, cudaUnavailableReason } from "@tensaur/tensaur";
import { parseOptions } from "../examples/train_options.ts";

const SCRIPT = new URL("../examples/train.ts", import.meta.url).pathname;

interface Run {
  code: number;
  out: string;
  err: string;
}

function command(args: string[]): Deno.Command {
  const permissions = ["--allow-ffi", "--allow-read", "--allow-write", "--allow-env"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, SCRIPT, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(...args: string[]): Promise<Run> {
  const { code, stdout, stderr } = await command(args).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** The rows of the table at the end, by dataset. */
function table(out: string): Map<string, string[]> {
  const lines = out.trimEnd().split("\n"), head = lines.findIndex((line) => line.includes("final loss"));
  assert(head >= 0, out);
  return new Map(
    lines.slice(head + 1).map((line) => line.trim().split(/\s{2,}/)).map((row) => [row[0]!, row]),
  );
}

Deno.test("without arguments the course's network learns simple and split, and xor but for one point", async () => {
  const { code, out, err } = await run();
  assertEquals([code, err], [0, ""]);
  const rows = table(out);
  assertEquals([...rows.keys()], ["simple", "split", "xor"]);
  assertEquals([rows.get("simple")?.[2], rows.get("split")?.[2]], ["50/50", "50/50"]);
  assertMatch(rows.get("xor")?.[2] ?? "", /^(49|50)\/50$/);
  assertMatch(out, /^Epoch {4}0 {2}loss +\d+\.\d{4} {2}correct +\d+\/50 {2}[\d.]+ (µs|ms|s) per epoch$/m);
  assertMatch(out, /^Epoch {2}490 /m);
});

for (const device of ["cpu", "reference"]) {
  Deno.test(`every dataset trains on the device ${device}`, async () => {
    const args = [
      "--dataset",
      "all",
      "--hidden=5",
      "--points",
      "21",
      "--batch",
      "4",
      "--epochs",
      "2",
      "--seed",
      "3",
    ];
    const { code, out, err } = await run(...args, "--rate", "0.1", "--device", device);
    assertEquals([code, err], [0, ""]);
    const rows = table(out);
    assertEquals([...rows.keys()], ["simple", "diag", "split", "xor", "circle", "spiral"]);
    for (const row of rows.values()) assertMatch(row[2]!, row[0] === "spiral" ? /\/20$/ : /\/21$/);
  });
}

Deno.test("the same seed gives the same training", async () => {
  const lines = async (): Promise<string[]> => {
    const { out } = await run("--dataset", "xor", "--epochs", "11", "--seed", "7");
    return out.split("\n").filter((line) => line.startsWith("Epoch")).map((line) =>
      line.replace(/\S+ \S+ per.*/, "")
    );
  };
  const first = await lines();
  assertEquals(first.length, 2);
  assertEquals(await lines(), first);
});

Deno.test("a compiled step trains the same network", async () => {
  const args = ["--dataset", "split", "--epochs", "21", "--points", "25"];
  const [plain, compiled] = await Promise.all([run(...args), run(...args, "--compile")]);
  const results = ({ out }: Run): string[] | undefined => table(out).get("split")?.slice(1, 4);
  assertEquals([plain.code, compiled.code, compiled.err], [0, 0, ""]);
  assertEquals(results(compiled), results(plain));
});

const UNKNOWN =
  "Unknown option --colour: want --dataset, --hidden, --points, --batch, --rate, --epochs, --seed, " +
  "--device, --compile, --plot, --log or --help";

/** What is said of a GPU that is not there. */
function missing(device: string): string {
  const reason = cudaUnavailableReason();
  if (reason !== null) return `Cannot use the device cuda: ${reason}`;
  return `Cannot use the device ${device}: the driver shows ${cudaDevices().length} of them`;
}

const MISTAKES: [args: string[], message: string][] = [
  [
    ["--dataset", "moons"],
    "--dataset must be one of simple, diag, split, xor, circle, spiral, all, was moons",
  ],
  [["--device", "moon"], 'Cannot use the device "moon": want one of cpu, reference, cuda, cuda:1 …'],
  [["--device", "cuda:64"], missing("cuda:64")],
  [["--hidden", "0"], "--hidden must be an integer of at least 1, was 0"],
  [["--points", "1e3"], "--points must be an integer of at least 2, was 1e3"],
  [["--batch", "-1"], "--batch must be an integer of at least 1, was -1"],
  [["--epochs", "ten"], "--epochs must be an integer of at least 1, was ten"],
  [["--seed="], "--seed must be an integer of at least 0, was "],
  [["--rate", "fast"], "--rate must be a number above 0, was fast"],
  [["--rate"], "--rate needs a value: X"],
  [
    ["--colour", "red"],
    UNKNOWN,
  ],
  [["--Points", "5"], UNKNOWN.replace("--colour", "--Points")],
];

if (!cudaAvailable()) MISTAKES.push([["--BACKEND", "gpu"], missing("cuda")]);
for (const [args, message] of MISTAKES) {
  Deno.test(`${args.join(" ")} is refused in one line`, async () => {
    assertEquals(await run(...args), { code: 2, out: "", err: `${message}\n` });
  });
}

Deno.test("the course's spellings mean the same", () => {
  const course = "--PTS 30 --HIDDEN 7 --RATE 0.5 --BACKEND cpu --DATASET xor --PLOT".split(" ");
  const ours = "--points 30 --hidden=7 --rate .5 --device cpu --dataset xor --plot".split(" ");
  assertEquals(parseOptions(course), parseOptions(ours));
  assertEquals(parseOptions(course)?.plot, ".");
  assertEquals(parseOptions(["--BACKEND=old"])?.device, "reference");
  assertEquals(parseOptions(["--PLOT", "False"])?.plot, null);
  assertEquals(parseOptions(["--PLOT", "True", "--EPOCHS", "3"]), parseOptions(["--plot", "--epochs", "3"]));
  assertEquals(parseOptions(["--plot", "here", "--log"])?.plot, "here");
  assertEquals([parseOptions(["--log"])?.log, parseOptions([])?.log], [true, false]);
});

Deno.test("--plot draws the boundary and writes an SVG into the folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, out, err } = await run("--dataset", "simple", "--epochs", "60", `--plot=${folder}`);
    assertEquals([code, err], [0, ""]);
    const drawn = out.split("\n").filter((line) => /^│.*│$/.test(line));
    assertEquals(new Set(drawn.map((line) => line.length)), new Set([50]));
    for (const line of drawn) assertMatch(line, /^│[░x].*[ o]│$/);
    const file = `${folder}/train-simple.svg`;
    assertStringIncludes(out, `Wrote ${file}`);
    assertMatch(await Deno.readTextFile(file), /^<svg [\s\S]*<\/svg>\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--help names every option", async () => {
  const { code, out } = await run("--help");
  assertEquals(code, 0);
  for (
    const name of [
      "dataset",
      "hidden",
      "points",
      "batch",
      "rate",
      "epochs",
      "seed",
      "device",
      "plot",
      "log",
      "help",
    ]
  ) {
    assertStringIncludes(out, `--${name}`);
  }
});

Deno.test({
  name: "Ctrl-C ends with the table so far",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const child = command(["--epochs", "100000000"]).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let out = "", interrupted = false;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      out += part.value;
      if (!interrupted && out.includes("Epoch   10")) {
        child.kill("SIGINT");
        interrupted = true;
      }
    }
    const { code } = await child.status;
    await child.stderr.cancel();
    assertEquals(code, 0);
    assertStringIncludes(out, "Stopped.");
    assertEquals([...table(out).keys()], ["simple"]);
  },
});
