#include "capture.h"

#include "../runtime/settings.h"

namespace simulator {

int submit(const std::shared_ptr<Stream>& stream, Operation operation) {
    if (!stream->capture) return enqueue(stream, std::move(operation));
    if (stream->capture->invalid) return STREAM_CAPTURE_INVALIDATED;
    stream->capture->graph->nodes.push_back(std::make_shared<Node>(Node{std::move(operation)}));
    return SUCCESS;
}

}  // namespace simulator

using namespace simulator;

CONTEXT_CALL(cuStreamBeginCapture_v2, void* handle, int) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    if (stream == context.null_stream || !cudashim::settings().capture) return STREAM_CAPTURE_UNSUPPORTED;
    if (stream->capture) return INVALID_VALUE;
    stream->capture = std::make_shared<Capture>(Capture{std::make_shared<Graph>(), stream.get()});
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuStreamEndCapture, void* handle, void** out) {
    const auto stream = find_stream(context, handle);
    if (!stream || !out) return INVALID_HANDLE;
    *out = nullptr;
    const auto capture = stream->capture;
    if (!capture || capture->origin != stream.get()) return STREAM_CAPTURE_UNMATCHED;
    for (const auto& each : context.streams) {
        const auto other = each.lock();
        if (other && other->capture == capture) other->capture = nullptr;
    }
    if (capture->invalid) return STREAM_CAPTURE_INVALIDATED;
    *out = handles<Graph>().add(capture->graph);
    return SUCCESS;
} END_CALL

CONTEXT_CALL(cuStreamIsCapturing, void* handle, int* status) {
    const auto stream = find_stream(context, handle);
    if (!stream) return INVALID_HANDLE;
    *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return SUCCESS;
} END_CALL
