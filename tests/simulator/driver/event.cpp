// Events: points in a stream's work that others wait for.
#include "capture.h"

using namespace simulator;

namespace {

constexpr unsigned DISABLE_TIMING = 2, EXTERNAL = 1;

/// Runs the stream that recorded the event, up to there.
void reach(const std::shared_ptr<Event>& event, std::uint64_t ticket) {
    Operation wait = WaitOperation{event, ticket};
    run(wait);
}

// In a capture, an event orders its streams; an external one is a node of the graph, recorded by each launch.
int record(Context& context, const void* handle, const void* stream_handle, bool external) {
    const auto event = handles<Event>().find(handle);
    const auto stream = find_stream(context, stream_handle);
    if (!event || !stream) return INVALID_HANDLE;
    if (stream->capture && external) return submit(stream, RecordOperation{event, 0});
    event->capture = stream->capture;
    if (stream->capture) return SUCCESS;
    event->stream = stream;
    return enqueue(stream, RecordOperation{event, ++event->recorded});
}

int elapsed(float* milliseconds, const void* from, const void* to) {
    const auto first = handles<Event>().find(from), last = handles<Event>().find(to);
    if (!first || !last || !first->timing || !last->timing || !first->recorded || !last->recorded) return INVALID_HANDLE;
    if (first->reached < first->recorded || last->reached < last->recorded) return NOT_READY;
    *milliseconds = static_cast<float>(last->milliseconds - first->milliseconds);
    return SUCCESS;
}

}  // namespace

CONTEXT_CALL(cuEventCreate, void** out, unsigned flags) {
    auto event = std::make_shared<Event>();
    event->timing = !(flags & DISABLE_TIMING);
    *out = handles<Event>().add(event);
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuEventDestroy_v2, void* handle) {
    return handles<Event>().remove(handle) ? SUCCESS : INVALID_HANDLE;
} END_CALL

CONTEXT_CALL(cuEventRecord, void* handle, void* stream) { return record(context, handle, stream, false); } END_CALL

CONTEXT_CALL(cuEventRecordWithFlags, void* handle, void* stream, unsigned flags) {
    return flags > EXTERNAL ? INVALID_VALUE : record(context, handle, stream, flags == EXTERNAL);
} END_CALL

// A stream that waits for an event of a capture joins that capture.
CONTEXT_CALL(cuStreamWaitEvent, void* stream_handle, void* handle, unsigned) {
    const auto event = handles<Event>().find(handle);
    const auto stream = find_stream(context, stream_handle);
    if (!event || !stream) return INVALID_HANDLE;
    if (event->capture && !event->capture->invalid) {
        stream->capture = event->capture;
        return SUCCESS;
    }
    if (stream->capture) return event->recorded ? stream->capture->invalid = true, STREAM_CAPTURE_INVALIDATED : SUCCESS;
    if (!event->recorded) return SUCCESS;
    return enqueue(stream, WaitOperation{event, event->recorded});
} END_CALL

CONTEXT_CALL(cuEventSynchronize, void* handle) {
    const auto event = handles<Event>().find(handle);
    if (!event) return INVALID_HANDLE;
    if (event->capture) return CAPTURED_EVENT;
    reach(event, event->recorded);
    return context.dead;
} END_CALL

CONTEXT_CALL(cuEventQuery, void* handle) {
    const auto event = handles<Event>().find(handle);
    if (!event) return INVALID_HANDLE;
    if (event->capture) return CAPTURED_EVENT;
    if (event->reached == event->recorded) return SUCCESS;
    reach(event, event->recorded);
    return context.dead ? context.dead : NOT_READY;
} END_CALL

CONTEXT_CALL(cuEventElapsedTime, float* milliseconds, void* from, void* to) {
    return elapsed(milliseconds, from, to);
} END_CALL

CONTEXT_CALL(cuEventElapsedTime_v2, float* milliseconds, void* from, void* to) {
    return elapsed(milliseconds, from, to);
} END_CALL
