// Pieces of one block of scratch memory.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace {

// Under AddressSanitizer the gaps between pieces are forbidden ground, so that running out of one
// piece into the next is caught.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t gap = 16;
inline void fence(float* piece, std::size_t count, std::size_t room) {
    ASAN_UNPOISON_MEMORY_REGION(piece, count * sizeof(float));
    ASAN_POISON_MEMORY_REGION(piece + count, (room - count) * sizeof(float));
}
#else
constexpr std::size_t gap = 0;
inline void fence(float*, std::size_t, std::size_t) {}
#endif

// Hands out consecutive 64-byte aligned pieces; with a null base it only measures.
struct Cursor {
    float* base;
    std::size_t used = 0;

    float* take(long floats) {
        const auto count = static_cast<std::size_t>(floats);
        const std::size_t room = (count + 15) / 16 * 16 + gap;
        float* piece = base ? base + used : nullptr;
        if (piece) fence(piece, count, room);
        used += room;
        return piece;
    }
};

}  // namespace
