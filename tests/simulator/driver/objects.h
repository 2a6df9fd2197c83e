// What the driver's handles stand for.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../runtime/launch.h"
#include "../runtime/memory.h"
#include "api.h"
#include "image.h"
#include "operation.h"

namespace simulator {

struct Graph;

/// A stream between cuStreamBeginCapture and cuStreamEndCapture; others join it by waiting for its events.
struct Capture {
    std::shared_ptr<Graph> graph;
    const Stream* origin;
    bool invalid = false;
};

struct Stream {
    struct Queued {
        std::uint64_t sequence;
        Operation operation;
    };
    Context* context;
    bool blocking;  ///< waits for the null stream, and it for this one
    std::deque<Queued> queue;
    std::shared_ptr<Capture> capture;
};

struct Event {
    bool timing;
    std::uint64_t recorded = 0;  ///< the ticket of the newest record
    std::uint64_t reached = 0;   ///< the newest ticket that the device has come to
    double milliseconds = 0;
    std::weak_ptr<Stream> stream;
    std::shared_ptr<Capture> capture;
};

struct Context {
    int device;
    int references = 0;
    int dead = 0;  ///< the code that every call returns since a kernel failed
    std::shared_ptr<Stream> null_stream;
    std::vector<std::weak_ptr<Stream>> streams;
};

struct Function {
    std::string name;
    cudashim::FoundKernel kernel;
    KernelFacts facts;
    unsigned max_dynamic_shared;
};

/// Handles of one kind and what they stand for. An unknown handle is an error, not a crash.
template <class T> class Handles {
public:
    void* add(std::shared_ptr<T> object) {
        T* handle = object.get();
        live_[handle] = std::move(object);
        return handle;
    }
    std::shared_ptr<T> find(const void* handle) const {
        const auto found = live_.find(handle);
        return found == live_.end() ? nullptr : found->second;
    }
    bool remove(const void* handle) { return live_.erase(handle) > 0; }
    std::size_t size() const { return live_.size(); }

private:
    std::map<const void*, std::shared_ptr<T>> live_;
};

/// All handles of a kind; they live as long as the process, as reports at its end look at them.
template <class T> Handles<T>& handles() {
    static Handles<T>& all = *new Handles<T>;
    return all;
}

/// The stream of a handle: null and 1 are the context's null stream.
std::shared_ptr<Stream> find_stream(Context& context, const void* handle);

/// Adds work to a stream, or to the graph that it captures.
int enqueue(const std::shared_ptr<Stream>& stream, Operation operation);
/// Runs a stream's work up to a sequence number, and what it must wait for; a fault ends the context.
void run_until(Stream& stream, std::uint64_t limit);
/// Runs all of a stream's or a context's work; the code of a fault, or success.
int synchronize(Stream& stream);
int synchronize(Context& context);
/// Success, or what a call that waits returns while streams capture.
int refuse_in_capture(Context& context);

/// Success, or a report and an error: the bytes do not lie in one live allocation.
int check_range(DevicePointer address, std::size_t bytes, const char* what);
/// Whether an address belongs to pinned host memory, with so many bytes behind it.
bool is_pinned(const void* address, std::size_t bytes);

}  // namespace simulator
