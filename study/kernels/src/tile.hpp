// Register tiles: R rows times V vectors of accumulators, held in registers over a whole product.
#pragma once

#include "vector.hpp"

namespace {

// Largest R whose accumulators fit beside the operands. With few registers, weight vectors are
// better read from memory at each use than held at the price of a smaller tile.
constexpr int max_rows(int vectors) {
    const int operands = vector_registers >= 32 ? vectors + 1 : 2;
    const int fit = (vector_registers - operands) / vectors;
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
    const long tiles = (count + Max - 1) / Max;
    long first = 0;
    for (long tile = 0; tile < tiles; ++tile) {
        const long next = count * (tile + 1) / tiles;
        call_with_size<Max>(next - first, first, body);
        first = next;
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
            Vec w[V];
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) w[v] = load(weights + v * W);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                const Vec x = splat(a[r * RowStride + k]);
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) acc[r][v] += w[v] * x;
            }
        }
    }
}

}  // namespace
