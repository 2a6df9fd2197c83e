// Streams: queues of work that run when somebody waits.
#include "capture.h"

namespace simulator {
namespace {

constexpr unsigned NON_BLOCKING = 1;
constexpr std::uint64_t ALL = ~0ull;

std::uint64_t& sequence() {
    static std::uint64_t last = 0;
    return last;
}

std::vector<std::shared_ptr<Stream>> live_streams(Context& context) {
    std::vector<std::shared_ptr<Stream>> live{context.null_stream};
    for (const auto& stream : context.streams) {
        if (auto each = stream.lock()) live.push_back(each);
    }
    return live;
}

/// The null stream and the blocking ones wait for each other, in the order in which work was asked for.
void run_earlier(Stream& stream, std::uint64_t limit) {
    if (!stream.blocking) return;
    Context& context = *stream.context;
    if (&stream != context.null_stream.get()) return run_until(*context.null_stream, limit);
    for (const auto& other : live_streams(context)) {
        if (other->blocking && other.get() != &stream) run_until(*other, limit);
    }
}

int create(void** out, unsigned flags, Context& context) {
    if (!out || flags > NON_BLOCKING) return INVALID_VALUE;
    auto stream = std::make_shared<Stream>(Stream{&context, flags != NON_BLOCKING, {}, nullptr});
    context.streams.push_back(stream);
    *out = handles<Stream>().add(stream);
    return SUCCESS;
}

}  // namespace

std::shared_ptr<Stream> find_stream(Context& context, const void* handle) {
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    if (number <= 1) return context.null_stream;
    auto stream = handles<Stream>().find(handle);
    return stream && stream->context == &context ? stream : nullptr;
}

int enqueue(const std::shared_ptr<Stream>& stream, Operation operation) {
    stream->queue.push_back({++sequence(), std::move(operation)});
    return SUCCESS;
}

void run_until(Stream& stream, std::uint64_t limit) {
    while (!stream.queue.empty() && stream.queue.front().sequence <= limit) {
        Stream::Queued next = std::move(stream.queue.front());
        stream.queue.pop_front();
        run_earlier(stream, next.sequence);
        if (stream.context->dead) return;
        const auto fault = run(next.operation);
        if (!fault) continue;
        cudashim::report(fault->message);
        stream.context->dead = fault->code;
        for (const auto& each : live_streams(*stream.context)) each->queue.clear();
    }
}

int synchronize(Stream& stream) {
    run_until(stream, ALL);
    run_earlier(stream, sequence());
    return stream.context->dead;
}

int synchronize(Context& context) {
    for (const auto& stream : live_streams(context)) run_until(*stream, ALL);
    return context.dead;
}

int refuse_in_capture(Context& context) {
    for (const auto& stream : live_streams(context)) {
        if (!stream->capture) continue;
        stream->capture->invalid = true;
        return STREAM_CAPTURE_UNSUPPORTED;
    }
    return SUCCESS;
}

}  // namespace simulator

using namespace simulator;

CONTEXT_CALL(cuStreamCreate, void** out, unsigned flags) { return create(out, flags, context); } END_CALL

CONTEXT_CALL(cuStreamCreateWithPriority, void** out, unsigned flags, int) {
    return create(out, flags, context);
} END_CALL

CONTEXT_CALL(cuStreamDestroy_v2, void* handle) {
    const auto stream = handles<Stream>().find(handle);
    if (!stream) return INVALID_HANDLE;
    // The driver lets queued work finish; nobody else could run it any more.
    const int result = synchronize(*stream);
    handles<Stream>().remove(handle);
    return result;
} END_CALL

CONTEXT_CALL(cuStreamSynchronize, void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (stream->capture) return refuse_in_capture(context);
    return synchronize(*stream);
} END_CALL

// Work that is queued is said to be under way once, and is done when asked again.
CONTEXT_CALL(cuStreamQuery, void* handle) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (stream->capture) return refuse_in_capture(context);
    if (stream->queue.empty()) return SUCCESS;
    const int result = synchronize(*stream);
    return result ? result : NOT_READY;
} END_CALL

CONTEXT_CALL(cuCtxGetStreamPriorityRange, int* least, int* greatest) {
    if (least) *least = 0;
    if (greatest) *greatest = -5;
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuLaunchHostFunc, void* handle, void (*function)(void*), void* data) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    return submit(stream, HostOperation{function, data});
} END_CALL
