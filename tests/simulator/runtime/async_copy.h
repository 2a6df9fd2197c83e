// The copies that a thread has begun with cp.async and not waited for.
#pragma once
#include <cstddef>
#include <vector>

namespace cudashim {

class AsyncCopies {
public:
    void begin(void* shared, const void* global, unsigned bytes, unsigned filled);
    void commit() { groups_.push_back(copies_.size()); }
    void wait(std::size_t pending);
    void clear() {
        if (copies_.empty() && groups_.empty()) return;
        copies_.clear();
        groups_.clear();
    }

private:
    struct Copy {
        void* shared;
        const void* global;
        unsigned bytes;
        unsigned filled;
    };
    static void land(const Copy& copy);

    std::vector<Copy> copies_;
    std::vector<std::size_t> groups_;  ///< where each group ends among the copies
};

}  // namespace cudashim
