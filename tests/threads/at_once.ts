// deno-lint-ignore-file no-console -- a program of its own
/** Three Workers that compute at once: prints what each found. */

const found = Array.from({ length: 3 }, () => {
  const worker = new Worker(new URL("./sums_worker.ts", import.meta.url), { type: "module" });
  return new Promise<string>((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      if (data === "started") return;
      worker.terminate();
      resolve(data);
    };
    worker.postMessage(60);
  });
});
console.log((await Promise.all(found)).join(" "));
