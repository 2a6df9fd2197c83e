/** Programs on when work happens: queues, events, pinned memory, captured graphs. */
import {
  allocate,
  Arguments,
  built,
  check,
  cuda,
  download,
  launch,
  made,
  start,
  text,
  upload,
} from "./driver.ts";

const NON_BLOCKING = 1;

function stream(flags = NON_BLOCKING): bigint {
  return made((out) => cuda.cuStreamCreate(out, flags));
}

function event(): bigint {
  return made((out) => cuda.cuEventCreate(out, 0));
}

/** A view of device memory as the simulator has it now: reading it is no call, so nothing runs. */
function peek(address: bigint, floats: number): number[] {
  const view = new Deno.UnsafePointerView(Deno.UnsafePointer.create(address)!);
  return Array.from({ length: floats }, (_, i) => view.getFloat32(4 * i));
}

function pinned(floats: number): { address: bigint; values: Float32Array<ArrayBuffer> } {
  const address = made((out) => cuda.cuMemHostAlloc(out, BigInt(4 * floats), 0));
  const buffer = Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(address)!, 4 * floats);
  return { address, values: new Float32Array(buffer as ArrayBuffer) };
}

function bytes(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const FLOATS = { grid: [1], block: [32] } as const;

/** Nothing runs before somebody waits, and then only what was waited for. */
function deferred(): unknown {
  start();
  const kernel = built("vector_add");
  const [first, second] = [stream(), stream()];
  const a = upload(new Float32Array([1, 2]));
  check(cuda.cuCtxSynchronize());
  const [b, c] = [allocate(8), allocate(8)];
  launch(kernel, { ...FLOATS, stream: first }, [a, a, b, 2]);
  launch(kernel, { ...FLOATS, stream: second }, [a, a, c, 2]);
  const queued = peek(b, 2).map(Number.isNaN);
  const query = [cuda.cuStreamQuery(first), cuda.cuStreamQuery(first)];
  const afterFirst = [peek(b, 2), peek(c, 2).map(Number.isNaN)];
  check(cuda.cuStreamSynchronize(second));
  return { queued, query, afterFirst, afterSecond: peek(c, 2) };
}

/** Work of one stream that needs another's waits for its event, and has poison without. */
function events(): unknown {
  start();
  const kernel = built("vector_add");
  const [first, second] = [stream(), stream()];
  const a = upload(new Float32Array([1, 2]));
  check(cuda.cuCtxSynchronize());
  const [b, c, d] = [allocate(8), allocate(8), allocate(8)];
  const [begin, done] = [event(), event()];
  check(cuda.cuEventRecord(begin, first));
  launch(kernel, { ...FLOATS, stream: first }, [a, a, b, 2]);
  check(cuda.cuEventRecord(done, first));
  launch(kernel, { ...FLOATS, stream: second }, [b, b, c, 2]);
  check(cuda.cuStreamSynchronize(second));
  const without = peek(c, 2).map(Number.isNaN);
  check(cuda.cuStreamWaitEvent(second, done, 0));
  launch(kernel, { ...FLOATS, stream: second }, [b, b, d, 2]);
  check(cuda.cuStreamSynchronize(second));
  const milliseconds = new Float32Array(1);
  const elapsed = cuda.cuEventElapsedTime(milliseconds, begin, done);
  return {
    without,
    with: peek(d, 2),
    elapsed,
    positive: milliseconds[0]! >= 0,
    query: cuda.cuEventQuery(done),
  };
}

/** The null stream and blocking ones run in the order in which work was asked for. */
function nullStream(): unknown {
  start();
  const kernel = built("vector_add");
  const blocking = stream(0);
  const a = upload(new Float32Array([1, 2]));
  const [b, c] = [allocate(8), allocate(8)];
  launch(kernel, { ...FLOATS, stream: blocking }, [a, a, b, 2]);
  launch(kernel, FLOATS, [b, b, c, 2]);
  return [...download(c, new Float32Array(2))];
}

/** Pageable memory is read at once; pinned memory when the copy runs, so changing it too early shows. */
function hostMemory(): unknown {
  start();
  const [pageable, fixed] = [new Float32Array([1, 2]), pinned(2)];
  fixed.values.set([1, 2]);
  const [a, b] = [allocate(8), allocate(8)];
  check(cuda.cuMemcpyHtoDAsync_v2(a, bytes(pageable), 8n, 0n));
  check(cuda.cuMemcpyHtoDAsync_v2(b, bytes(fixed.values), 8n, 0n));
  pageable.fill(9);
  fixed.values.fill(9);
  check(cuda.cuCtxSynchronize());
  const back = pinned(2);
  check(cuda.cuMemcpyDtoHAsync_v2(bytes(back.values), a, 8n, 0n));
  const early = [...back.values].map(Number.isNaN);
  check(cuda.cuCtxSynchronize());
  const late = [...back.values];
  check(cuda.cuMemFreeHost(back.address));
  return { pageable: peek(a, 2), pinned: peek(b, 2), early, late, twice: cuda.cuMemFreeHost(back.address) };
}

const PARAMETERS_BYTES = 72;

/** A captured graph: nothing runs while it is made; replays see new parameters when they are set. */
function graph(): unknown {
  start();
  const kernel = built("vector_add");
  const main = stream();
  const a = upload(new Float32Array([1, 2]));
  check(cuda.cuCtxSynchronize());
  const [b, c, d] = [allocate(8), allocate(8), allocate(8)];
  check(cuda.cuStreamBeginCapture_v2(main, 0));
  const status = new Int32Array(1);
  check(cuda.cuStreamIsCapturing(main, status));
  check(cuda.cuMemsetD32Async(b, 0, 2n, main));
  launch(kernel, { ...FLOATS, stream: main }, [a, b, c, 2]);
  check(cuda.cuMemcpyDtoDAsync_v2(b, c, 8n, main));
  const captured = made((out) => cuda.cuStreamEndCapture(main, out));
  const executable = made((out) => cuda.cuGraphInstantiateWithFlags(out, captured, 0n));
  const unrun = peek(c, 2).map(Number.isNaN);
  const count = new BigUint64Array(1);
  check(cuda.cuGraphGetNodes(captured, null, count));
  const nodes = new BigUint64Array(Number(count[0]));
  check(cuda.cuGraphGetNodes(captured, nodes, count));
  const types = [...nodes].map((node) => {
    const type = new Int32Array(1);
    check(cuda.cuGraphNodeGetType(node, type));
    return type[0];
  });
  check(cuda.cuGraphLaunch(executable, main));
  check(cuda.cuStreamSynchronize(main));
  const first = peek(c, 2);

  const parameters = new Uint8Array(PARAMETERS_BYTES);
  check(cuda.cuGraphKernelNodeGetParams_v2(nodes[1]!, parameters));
  const view = new DataView(parameters.buffer);
  const shape = [view.getUint32(8, true), view.getUint32(20, true)];
  const values = new Arguments([a, a, d, 2]);
  const pointer = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(values.pointers)));
  view.setBigUint64(40, pointer, true);
  // What was launched before the change keeps its parameters.
  check(cuda.cuMemsetD32Async(c, 0, 2n, main));
  check(cuda.cuGraphLaunch(executable, main));
  check(cuda.cuGraphExecKernelNodeSetParams_v2(executable, nodes[1]!, parameters));
  check(cuda.cuStreamSynchronize(main));
  const before = [peek(c, 2), peek(d, 2).map(Number.isNaN)];
  check(cuda.cuGraphLaunch(executable, main));
  check(cuda.cuStreamSynchronize(main));
  const changed = peek(d, 2);
  view.setBigUint64(0, 1n, true);
  const badFunction = cuda.cuGraphExecKernelNodeSetParams_v2(executable, nodes[1]!, parameters);
  check(cuda.cuGraphExecDestroy(executable));
  check(cuda.cuGraphDestroy(captured));
  return {
    ...{ status: status[0], unrun, types, first, shape, before, changed, badFunction },
    destroyed: cuda.cuGraphLaunch(executable, main),
  };
}

/** Two streams in one capture, joined by events; and calls that a capture does not bear. */
function capture(): unknown {
  start();
  const kernel = built("vector_add");
  const [main, side] = [stream(), stream()];
  const a = upload(new Float32Array([1, 2]));
  check(cuda.cuCtxSynchronize());
  const [b, c] = [allocate(8), allocate(8)];
  const [fork, join] = [event(), event()];
  check(cuda.cuStreamBeginCapture_v2(main, 0));
  check(cuda.cuEventRecord(fork, main));
  check(cuda.cuStreamWaitEvent(side, fork, 0));
  launch(kernel, { ...FLOATS, stream: side }, [a, a, b, 2]);
  check(cuda.cuEventRecord(join, side));
  check(cuda.cuStreamWaitEvent(main, join, 0));
  launch(kernel, { ...FLOATS, stream: main }, [b, b, c, 2]);
  const captured = made((out) => cuda.cuStreamEndCapture(main, out));
  const executable = made((out) => cuda.cuGraphInstantiateWithFlags(out, captured, 0n));
  check(cuda.cuGraphLaunch(executable, main));
  check(cuda.cuStreamSynchronize(main));
  check(cuda.cuStreamBeginCapture_v2(main, 0));
  const refused = [cuda.cuStreamSynchronize(main), cuda.cuCtxSynchronize()];
  const ended = cuda.cuStreamEndCapture(main, new BigUint64Array(1));
  return {
    result: peek(c, 2),
    refused,
    ended,
    unmatched: cuda.cuStreamEndCapture(main, new BigUint64Array(1)),
    ofNull: cuda.cuStreamBeginCapture_v2(0n, 0),
  };
}

const EXTERNAL = 1;

/** Events recorded by a graph: each launch of it records them anew. */
function graphEvents(): unknown {
  start();
  const kernel = built("vector_add"), main = stream();
  const a = upload(new Float32Array([1, 2])), b = allocate(8);
  check(cuda.cuCtxSynchronize());
  const [begin, done] = [event(), event()];
  check(cuda.cuStreamBeginCapture_v2(main, 0));
  check(cuda.cuEventRecordWithFlags(begin, main, EXTERNAL));
  launch(kernel, { ...FLOATS, stream: main }, [a, a, b, 2]);
  check(cuda.cuEventRecordWithFlags(done, main, EXTERNAL));
  const captured = made((out) => cuda.cuStreamEndCapture(main, out));
  const executable = made((out) => cuda.cuGraphInstantiateWithFlags(out, captured, 0n));
  const milliseconds = new Float32Array(1);
  const unrecorded = cuda.cuEventElapsedTime(milliseconds, begin, done);
  const launches = [1, 2].map(() => {
    check(cuda.cuGraphLaunch(executable, main));
    const pending = cuda.cuEventElapsedTime(milliseconds, begin, done);
    check(cuda.cuEventSynchronize(done));
    return [pending, cuda.cuEventElapsedTime(milliseconds, begin, done)];
  });
  return { unrecorded, launches, sum: peek(b, 2), flags: cuda.cuEventRecordWithFlags(done, main, 2) };
}

/** What a stream that is to be captured answers. */
function noCapture(): unknown {
  start();
  return cuda.cuStreamBeginCapture_v2(stream(), 0);
}

/** Calls are counted by name. */
function counts(): unknown {
  start();
  cuda.cudaSimulatorResetCalls();
  for (let i = 0; i < 3; i++) check(cuda.cuMemFreeAsync(allocate(8), 0n));
  return {
    allocations: Number(cuda.cudaSimulatorCalls(text("cuMemAlloc_v2"))),
    frees: Number(cuda.cudaSimulatorCalls(text("cuMemFreeAsync"))),
    launches: Number(cuda.cudaSimulatorCalls(text("cuLaunchKernel"))),
    all: Number(cuda.cudaSimulatorCalls(null)),
  };
}

/** By name. */
export const graphPrograms: Record<string, () => unknown> = {
  deferred,
  events,
  nullStream,
  hostMemory,
  graph,
  capture,
  graphEvents,
  noCapture,
  counts,
};
