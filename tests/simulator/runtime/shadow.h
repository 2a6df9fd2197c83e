// What the race checker remembers of memory: for each four bytes who wrote them last, and two of who read them.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace cudashim {

/// An access and when it was, in the counts of its block's and its warp's barriers.
struct Access {
    std::uint32_t launch = 0;  ///< 0: none yet
    std::uint32_t block_epoch;
    std::uint32_t warp_epoch;
    std::uint32_t releases;  ///< how often the block had handed over its writes before
    std::uint64_t block;
    std::uint16_t thread;
    std::uint8_t bytes;  ///< a bit for each of the four
    bool atomic;
};

struct Cell {
    Access write;
    std::array<Access, 2> reads;
};

class Shadow {
public:
    static constexpr std::uintptr_t CELL_BYTES = 4;

    Cell& at(std::uintptr_t address) {
        const std::uintptr_t page = address / PAGE;
        if (page != last_page_) {
            auto& cells = pages_[page];
            if (!cells) cells = std::make_unique<Cells>();
            last_page_ = page;
            last_cells_ = cells.get();
        }
        return (*last_cells_)[address % PAGE / CELL_BYTES];
    }

private:
    static constexpr std::uintptr_t PAGE = 4096;
    using Cells = std::array<Cell, PAGE / CELL_BYTES>;

    std::unordered_map<std::uintptr_t, std::unique_ptr<Cells>> pages_;
    std::uintptr_t last_page_ = ~std::uintptr_t{0};
    Cells* last_cells_ = nullptr;
};

}  // namespace cudashim
