// Register tiles: R rows times V vectors of accumulators, held in registers over a whole product.
#pragma once

#include "vector.hpp"

namespace {

// Rows of a tile. With 32 registers, as many as fit beside the operands; with 16, twelve
// accumulators, three or four held operands of the shorter side, and one that streams.
constexpr int max_rows(int vectors) {
    if (vector_registers < 32) return vectors == 1 ? 8 : 12 / vectors;
    const int fit = (vector_registers - vectors - 1) / vectors;
    return fit > 8 ? 8 : fit;
}

// Splits `count` into as few tiles of at most `Max` as possible, of sizes differing by at most
// one, and calls `body.template operator()<Size>(first)` for each.
template <int Max, int Size = Max, class Body>
SEQMEM_INLINE void call_with_size(long size, long first, Body&& body) {
    if constexpr (Size == 1) {
        body.template operator()<1>(first);
    } else {
        if (size == Size) {
            body.template operator()<Size>(first);
        } else {
            call_with_size<Max, Size - 1>(size, first, body);
        }
    }
}

template <int Max, class Body>
SEQMEM_INLINE void for_each_tile(long count, Body&& body) {
    const auto tiles = static_cast<std::uint32_t>((count + Max - 1) / Max);
    if (tiles == 0) return;
    const std::uint32_t size = static_cast<std::uint32_t>(count) / tiles;
    const std::uint32_t larger = static_cast<std::uint32_t>(count) % tiles;
    long first = 0;
    for (std::uint32_t tile = 0; tile < tiles; ++tile) {
        const long here = size + (tile < larger);
        call_with_size<Max>(here, first, body);
        first += here;
    }
}

// acc[r][v] += vectors[v] * value(r). Registers hold one side while the other streams, the
// vectors if they fit: then each operand is loaded once.
template <int R, int V, class Value>
SEQMEM_INLINE void add_outer_product(Vec (&acc)[R][V], Value&& value, const float* vectors) {
    if constexpr (R * V + V + 1 > vector_registers) {
        Vec x[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) x[r] = splat(value(r));
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            const Vec w = load(vectors + v * W);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) acc[r][v] += w * x[r];
        }
    } else {
        Vec w[V];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) w[v] = held(load(vectors + v * W));
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const Vec x = splat(value(r));
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) acc[r][v] += w[v] * x;
        }
    }
}

// acc[r][v] += sum over k < count of a(r, k) * weights[k][v].
// Row r of `a` starts at a + r * RowStride; its values lie in runs of `run` contiguous floats, one
// run every `block` floats. The order of additions does not depend on R, so a row's result does
// not depend on its neighbours in the batch.
template <int R, int V, int RowStride>
SEQMEM_INLINE void accumulate(Vec (&acc)[R][V], const float* a, long block, long run, long count,
                              const float* weights) {
    for (long done = 0; done < count; done += run, a += block) {
        const long end = smaller(run, count - done);
        for (long k = 0; k < end; ++k, weights += V * W) {
            add_outer_product<R, V>(acc, [&](int r) { return a[k + r * RowStride]; }, weights);
        }
    }
}

}  // namespace
