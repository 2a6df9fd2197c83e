/**
 * The ways in which people run code: a script, a server, a notebook, a test file; each imports by URL.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Box } from "./box.ts";
import { Kernel } from "./kernel.ts";
import { startServer } from "./server.ts";

const server = await startServer(), box = await Box.make();
const env = { TENSAUR_RELEASE_URL: `${server.origin}/release` };
const url = `${server.origin}/mod.ts`;
Deno.test.afterAll(async () => {
  await box[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A model that has learned to double. */
const MODEL = `import { compile, nn, noGrad, optim, tensor } from "${url}";
export const model = new nn.Linear(1, 1);
const optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
const x = tensor([[0], [1], [2]]), y = tensor([[0], [2], [4]]);
for (let i = 0; i < 300; i++) {
  optimizer.zeroGrad();
  nn.mseLoss(model.forward(x), y).backward();
  optimizer.step();
}
const round = compile((x) => Math.round(x));
export function predict(value: number): number {
  return noGrad(() => round(model.forward(tensor([[value]])))).item();
}
`;

Deno.test("a script trains, compiles a function and predicts", async () => {
  await box.write("model.ts", MODEL);
  await box.write("script.ts", `import { predict } from "./model.ts";\nconsole.log(predict(21));\n`);
  const { code, out, error } = await box.run("script.ts", { flags: box.flags(server).first, env });
  assertEquals([code, out], [0, "42\n"], error);
});

Deno.test("deno serve answers predictions, many at once", async () => {
  await box.write("model.ts", MODEL);
  await box.write(
    "serve.ts",
    `import { predict } from "./model.ts";
export default {
  fetch: (request: Request): Response => new Response(String(predict(Number(new URL(request.url).pathname.slice(1))))),
};
`,
  );
  const process = box.start("serve.ts", {
    command: ["serve", "--no-prompt", "--host=127.0.0.1", "--port=0"],
    flags: box.flags(server).first,
    env,
  });
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let told = "", port: string | undefined;
  while (port === undefined) {
    const { value, done } = await reader.read();
    assert(!done, told);
    port = /Listening on \S+:(\d+)/.exec(told += value)?.[1];
  }
  const ask = async (x: number): Promise<number> =>
    Number(await (await fetch(`http://127.0.0.1:${port}/${x}`)).text());
  const answers: number[] = [];
  for (let at = 0; at < 400; at += 40) {
    answers.push(...await Promise.all(Array.from({ length: 40 }, (_, i) => ask(at + i))));
  }
  assertEquals(answers, Array.from({ length: 400 }, (_, i) => 2 * i));
  process.kill("SIGTERM");
  await reader.cancel();
  await process.stdout.cancel();
  await process.status;
});

Deno.test("a test file passes, with all that deno test watches for", async () => {
  await box.write("model.ts", MODEL);
  await box.write(
    "model_test.ts",
    `import { predict } from "./model.ts";
Deno.test({ name: "doubles", sanitizeOps: true, sanitizeResources: true }, () => {
  if (predict(3) !== 6) throw new Error("not doubled");
});
`,
  );
  const { code, out, error } = await box.run("model_test.ts", {
    command: ["test", "--no-prompt"],
    flags: box.flags(server).first,
    env,
  });
  assertEquals(code, 0, out + error);
  assertStringIncludes(out, "1 passed");
});

Deno.test("a notebook imports in one cell, and computes and shows tensors in others", async () => {
  await using kernel = await Kernel.start(box, env);
  const imported = await kernel.run(`import { tensor } from "${url}";\nconst x = tensor([1, 2, 3]);`);
  assertEquals(imported.error, "");
  const result = await kernel.run("x.mul(2)");
  assertEquals(result.error, "");
  assertStringIncludes(String(result.data["text/plain"]), "tensor([2., 4., 6.])");
  assertEquals((await kernel.run("console.log(x.sum().item())")).printed, "6\n");
  assertStringIncludes((await kernel.run("x.add(tensor([1, 2]))")).error, "ShapeError");
});
