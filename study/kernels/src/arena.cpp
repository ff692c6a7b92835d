#include "arena.hpp"

#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace seqmem {
namespace {

struct Piece {
    float* data;
    std::size_t floats;
};

constexpr std::size_t line = 64;
constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr std::size_t floats_kept = std::size_t{1} << 26;  // 256 MiB

std::mutex guard;

// Never destroyed: an arena may outlive static destruction when the interpreter exits.
std::vector<Piece>& free_pieces() {
    static auto* pieces = new std::vector<Piece>;
    return *pieces;
}

Piece allocate(std::size_t floats) {
    const std::size_t alignment = floats * sizeof(float) >= huge_page ? huge_page : line;
    const std::size_t bytes = (floats * sizeof(float) + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, bytes);
    if (!memory) throw std::bad_alloc();
#if defined(__linux__)
    if (alignment == huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return {static_cast<float*>(memory), bytes / sizeof(float)};
}

// The smallest free piece that fits without wasting more than half of itself.
bool take_free(std::size_t floats, Piece& found) {
    const std::lock_guard<std::mutex> lock(guard);
    auto& pieces = free_pieces();
    std::size_t best = pieces.size();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const bool fits = pieces[i].floats >= floats && pieces[i].floats / 2 <= floats;
        if (fits && (best == pieces.size() || pieces[i].floats < pieces[best].floats)) best = i;
    }
    if (best == pieces.size()) return false;
    found = pieces[best];
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(best));
    return true;
}

// Keeps the latest pieces that fit in the allowance together.
void give_back(Piece piece) {
    const std::lock_guard<std::mutex> lock(guard);
    auto& pieces = free_pieces();
    pieces.push_back(piece);
    std::size_t kept = 0;
    for (const Piece& p : pieces) kept += p.floats;
    while (kept > floats_kept) {
        kept -= pieces.front().floats;
        std::free(pieces.front().data);
        pieces.erase(pieces.begin());
    }
}

}  // namespace

float* Arena::reserve(std::size_t floats) {
    if (data_ && floats <= floats_) return data_;
    release();
    Piece piece{};
    if (!take_free(floats, piece)) piece = allocate(floats);
    data_ = piece.data;
    floats_ = piece.floats;
    return data_;
}

void Arena::release() {
    if (data_) give_back({data_, floats_});
    data_ = nullptr;
    floats_ = 0;
}

}  // namespace seqmem
