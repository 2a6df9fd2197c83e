#include "block.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace cudashim {

__thread Thread* self __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {
thread_local BlockRunner* here = nullptr;
}

BlockRunner* runner() { return here; }

BlockRunner::BlockRunner() : stacks_(fiber_main) {}

// Starts thread after thread on one stack. Where none of them waits, that is all there is: a plain loop. When one
// waits, its stack waits with it, and the threads that are left start on another one.
void BlockRunner::fiber_main() {
    Context& mine = *here->taken_;
    for (;;) {
        here->start_threads();
        here->stacks_.give_back(mine);
        switch_context(mine, here->next());
    }
}

void BlockRunner::start_threads() {
    while (started_ < count_) {
        self = &threads_[order_[started_++]];
        launch_->kernel->run(launch_->parameters);
        finish(current());
    }
}

/// What runs next: a thread that may go on, a stack for those not started, or the runner itself.
Context& BlockRunner::next() {
    if (ready_count_ > 0) {
        Running& thread = threads_[ready_[ready_head_]];
        ready_head_ = ready_head_ + 1 == count_ ? 0 : ready_head_ + 1;
        ready_count_--;
        self = &thread;
        return thread.context;
    }
    if (started_ < count_) return *(taken_ = &stacks_.take());
    return main_;
}

void BlockRunner::make_ready(unsigned thread) {
    std::size_t tail = ready_head_ + ready_count_++;
    ready_[tail < count_ ? tail : tail - count_] = thread;
}

void BlockRunner::suspend() {
    Running& thread = current();
    switch_context(thread.context, next());
}

void BlockRunner::fail(int code, const std::string& message) {
    fault_ = Fault{code, place(*self) + ": " + message};
    switch_context(current().context, main_);
    __builtin_unreachable();
}

std::string BlockRunner::place(const Thread& thread) const {
    return format("kernel %s, block (%u, %u, %u), thread (%u, %u, %u)", launch_->kernel->name, thread.block.x,
                  thread.block.y, thread.block.z, thread.index.x, thread.index.y, thread.index.z);
}

/// Numbers the threads of a launch's blocks; the same again for the next launch of that shape.
void BlockRunner::prepare(const Launch& launch) {
    const dim3 shape = launch.grid.threads;
    if (shape.x == shape_.x && shape.y == shape_.y && shape.z == shape_.z) return;
    shape_ = shape;
    count_ = shape.x * shape.y * shape.z;
    threads_.resize(count_);
    for (unsigned i = 0; i < count_; i++) {
        threads_[i].number = i;
        threads_[i].index = {i % shape.x, i / shape.x % shape.y, i / shape.x / shape.y};
    }
    warps_.resize((count_ + WARP - 1) / WARP);
    ready_.resize(count_);
    order_.resize(count_);
    std::iota(order_.begin(), order_.end(), 0u);
    if (settings().order == Order::Reverse) std::reverse(order_.begin(), order_.end());
}

void BlockRunner::start(uint3 block, void* dynamic_shared) {
    for (Running& thread : threads_) {
        thread.block = block;
        thread.grid = &launch_->grid;
        thread.dynamic_shared = dynamic_shared;
        thread.copies.clear();
    }
    for (Warp& warp : warps_) warp = {0, 0, std::move(warp.meetings)};
    for (Warp& warp : warps_) warp.meetings.clear();
    if (count_ % WARP) warps_.back().exited = ~0u << count_ % WARP;
    flip_ = settings().order == Order::Reverse ? WARP - 1 : 0;
    if (settings().order == Order::Random) {
        std::iota(order_.begin(), order_.end(), 0u);
        std::mt19937_64 random(settings().seed ^ (block_number_ + 1) * 0x9e3779b97f4a7c15ull ^ launch_->number);
        std::shuffle(order_.begin(), order_.end(), random);
        flip_ = random() % WARP;
    }
    started_ = 0;
    live_ = count_;
    ready_head_ = ready_count_ = 0;
    at_barrier_.clear();
    epoch_ = 0;
    fault_.reset();
}

std::optional<Fault> BlockRunner::run(const Launch& launch, uint3 block, std::uint64_t block_number,
                                      void* dynamic_shared) {
    here = this;
    launch_ = &launch;
    block_number_ = block_number;
    prepare(launch);
    start(block, dynamic_shared);
    switch_context(main_, next());
    self = nullptr;
    if (!fault_ && live_ > 0) fault_ = Fault{LAUNCH_FAILED, deadlock()};
    if (fault_) stacks_.reset();
    return fault_;
}

void BlockRunner::finish(Running& thread) {
    live_--;
    const unsigned warp = thread.number / WARP;
    warps_[warp].exited |= 1u << thread.lane();
    for (std::size_t i = warps_[warp].meetings.size(); i-- > 0;) {
        const Meeting& meeting = warps_[warp].meetings[i];
        if (meeting.arrived == (meeting.mask & ~warps_[warp].exited)) complete(warp, i);
    }
    if (live_ > 0 && at_barrier_.size() == live_) release_barrier();
}

void BlockRunner::barrier(const char* file, int line) {
    Running& thread = current();
    thread.barrier_file = file;
    thread.barrier_line = line;
    if (!at_barrier_.empty()) {
        const Running& first = threads_[at_barrier_.front()];
        if (first.barrier_line != line || std::string_view(first.barrier_file) != file) {
            fail(LAUNCH_FAILED, format("divergent __syncthreads: this thread waits at %s:%d, thread (%u, %u, %u) at "
                                       "%s:%d", file, line, first.index.x, first.index.y, first.index.z,
                                       first.barrier_file, first.barrier_line));
        }
    }
    at_barrier_.push_back(thread.number);
    if (at_barrier_.size() < live_) return suspend();
    at_barrier_.pop_back();
    release_barrier();
}

void BlockRunner::release_barrier() {
    for (unsigned thread : at_barrier_) make_ready(thread);
    at_barrier_.clear();
    epoch_++;
}

void BlockRunner::collective(unsigned mask, const char* name, int line, void* mine, Combine combine) {
    Running& thread = current();
    const unsigned warp = thread.number / WARP, bit = 1u << thread.lane();
    if (!(mask & bit)) fail(LAUNCH_FAILED, format("%s at line %d with mask 0x%x, which leaves out the calling lane %u",
                                                  name, line, mask, thread.lane()));
    auto& meetings = warps_[warp].meetings;
    auto meeting = std::find_if(meetings.begin(), meetings.end(), [&](auto& each) { return each.mask == mask; });
    if (meeting == meetings.end()) meeting = meetings.insert(meeting, Meeting{mask, 0, name, line, combine, {}});
    if (meeting->combine != combine || meeting->line != line) {
        fail(LAUNCH_FAILED, format("%s at line %d, while other lanes of mask 0x%x wait in %s at line %d", name, line,
                                   mask, meeting->name, meeting->line));
    }
    meeting->arrived |= bit;
    meeting->lanes[thread.lane()] = mine;
    if (meeting->arrived != (mask & ~warps_[warp].exited)) return suspend();
    complete(warp, meeting - meetings.begin());
}

/// Combines what the lanes brought and lets all go on; the running thread, if it is one of them, just does.
void BlockRunner::complete(unsigned warp, std::size_t index) {
    auto& meetings = warps_[warp].meetings;
    const Meeting& meeting = meetings[index];
    meeting.combine(meeting.lanes.data());
    for (unsigned i = 0; i < WARP; i++) {
        const unsigned lane = i ^ flip_, thread = warp * WARP + lane;
        if (meeting.arrived >> lane & 1 && thread != current().number) make_ready(thread);
    }
    meetings.erase(meetings.begin() + index);
    warps_[warp].epoch++;
}

std::string BlockRunner::deadlock() const {
    std::string text = format("kernel %s: deadlock in block (%u, %u, %u)", launch_->kernel->name, threads_[0].block.x,
                              threads_[0].block.y, threads_[0].block.z);
    if (!at_barrier_.empty()) {
        const Running& thread = threads_[at_barrier_.front()];
        text += format("; %zu threads wait in __syncthreads, thread (%u, %u, %u) at %s:%d", at_barrier_.size(),
                       thread.index.x, thread.index.y, thread.index.z, thread.barrier_file, thread.barrier_line);
    }
    for (std::size_t warp = 0; warp < warps_.size(); warp++) {
        for (const Meeting& meeting : warps_[warp].meetings) {
            const uint3 at = threads_[warp * WARP + __builtin_ctz(meeting.arrived)].index;
            text += format("; thread (%u, %u, %u) waits in %s at line %d with mask 0x%x, reached by lanes 0x%x", at.x,
                           at.y, at.z, meeting.name, meeting.line, meeting.mask, meeting.arrived);
        }
    }
    return text;
}

void block_barrier(const char* file, int line) { here->barrier(file, line); }

void warp_collective(unsigned mask, const char* name, int line, void* mine, Combine combine) {
    here->collective(mask, name, line, mine, combine);
}

void fail(const char* message) { here->fail(LAUNCH_FAILED, message); }

}  // namespace cudashim
