// One SIMD vector of floats, by compiler vector extensions: the same source for x86-64 and Arm.
// Everything below sits in an unnamed namespace because this header is compiled once per
// instruction set, and the linker must not merge the copies.
#pragma once

#include <cstdint>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define SEQMEM_INLINE inline __attribute__((always_inline))
// For a tile of a product: inside a larger function, registers go to what lives around the tile.
#define SEQMEM_APART __attribute__((noinline))

namespace {

// The build may ask for fewer lanes than the instruction set has.
#if defined(SEQMEM_LANES)
#define SEQMEM_WIDTH SEQMEM_LANES
#elif defined(__AVX512F__)
#define SEQMEM_WIDTH 16
#elif defined(__AVX2__)
#define SEQMEM_WIDTH 8
#else
#define SEQMEM_WIDTH 4
#endif

constexpr int W = SEQMEM_WIDTH;

#if defined(__AVX512VL__) || defined(__aarch64__)
constexpr int vector_registers = 32;
#else
constexpr int vector_registers = 16;
#endif

// Whether the compiler contracts a product and a sum into one rounding here.
#if defined(__FMA__) || defined(__aarch64__)
constexpr bool fused_multiply_add = true;
#else
constexpr bool fused_multiply_add = false;
#endif

typedef float Vec __attribute__((vector_size(4 * W)));
typedef double DoubleVec __attribute__((vector_size(8 * W)));
typedef std::int32_t IntVec __attribute__((vector_size(4 * W)));
typedef std::uint32_t BitVec __attribute__((vector_size(4 * W)));

SEQMEM_INLINE Vec load(const float* p) {
    Vec v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

SEQMEM_INLINE void store(float* p, Vec v) { __builtin_memcpy(p, &v, sizeof v); }

// One broadcast: x - 0 is x, where 0 + x is not for x = -0 and would cost an addition.
SEQMEM_INLINE Vec splat(float x) { return x - Vec{}; }

// Keeps a vector in a register: GCC otherwise may read it from memory at each of its uses. Where a
// product needs a register of its own before the sum, that is just as well.
SEQMEM_INLINE Vec held(Vec v) {
#if defined(__x86_64__) && defined(__FMA__)
    asm("" : "+v"(v));
#endif
    return v;
}

// Asks for the line that will be needed soon, also past the end of what is there.
SEQMEM_INLINE void prefetch(const float* p) { __builtin_prefetch(p); }

// Bounds that keep a NaN in x: x86's instructions return their second operand then. GCC does not
// find them by itself; the masked forms avoid a false warning of GCC 12.
#if defined(__AVX512F__) && SEQMEM_WIDTH == 16
constexpr __mmask16 all_lanes = 0xffff;
SEQMEM_INLINE Vec at_least(Vec x, Vec low) {
    return Vec(_mm512_maskz_max_ps(all_lanes, __m512(low), __m512(x)));
}
SEQMEM_INLINE Vec at_most(Vec x, Vec high) {
    return Vec(_mm512_maskz_min_ps(all_lanes, __m512(high), __m512(x)));
}
#elif defined(__AVX2__) && SEQMEM_WIDTH == 8
SEQMEM_INLINE Vec at_least(Vec x, Vec low) { return Vec(_mm256_max_ps(__m256(low), __m256(x))); }
SEQMEM_INLINE Vec at_most(Vec x, Vec high) { return Vec(_mm256_min_ps(__m256(high), __m256(x))); }
#else
SEQMEM_INLINE Vec at_least(Vec x, Vec low) { return x < low ? low : x; }
SEQMEM_INLINE Vec at_most(Vec x, Vec high) { return x > high ? high : x; }
#endif

SEQMEM_INLINE Vec as_float(BitVec v) { return reinterpret_cast<Vec>(v); }
SEQMEM_INLINE BitVec as_bits(Vec v) { return reinterpret_cast<BitVec>(v); }

constexpr long blocks_of(long count) { return (count + W - 1) / W; }
constexpr long smaller(long a, long b) { return a < b ? a : b; }

// Picks half segments for one stage of sum_lanes: `high` selects which half of each segment.
template <int Segment, bool High, int... Lane>
SEQMEM_INLINE Vec interleave_halves(Vec a, Vec b, std::integer_sequence<int, Lane...>) {
    constexpr int half = Segment / 2;
    return __builtin_shufflevector(
        a, b,
        ((Lane / Segment) * Segment + (Lane % half) + (High ? half : 0) +
         ((Lane / half) % 2 ? W : 0))...);
}

// Lane i of the result is the sum over the lanes of rows[i]; one fixed order of additions.
template <int Segment = W>
SEQMEM_INLINE Vec sum_lanes(Vec (&rows)[W]) {
    if constexpr (Segment == 1) {
        return rows[0];
    } else {
        constexpr int half = Segment / 2;
        constexpr auto lanes = std::make_integer_sequence<int, W>{};
#pragma GCC unroll 16
        for (int j = 0; j < half; ++j) {
            const Vec low = interleave_halves<Segment, false>(rows[j], rows[j + half], lanes);
            const Vec high = interleave_halves<Segment, true>(rows[j], rows[j + half], lanes);
            rows[j] = low + high;
        }
        return sum_lanes<half>(rows);
    }
}

}  // namespace
