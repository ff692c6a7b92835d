// Checks of what Python passes, before anything is touched.
#pragma once

#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel_table.hpp"

namespace seqmem {

namespace nb = nanobind;

using Floats = nb::ndarray<float, nb::c_contig, nb::device::cpu>;
using ConstFloats = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Symbols = nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<std::int64_t, nb::c_contig, nb::device::cpu>;

inline Cell cell_of(const std::string& name) {
    if (name == "lstm") return Cell::lstm;
    if (name == "gru") return Cell::gru;
    if (name == "rnn") return Cell::rnn;
    throw std::invalid_argument("unknown cell '" + name + "'; valid: gru, lstm, rnn");
}

template <class Array>
std::string shape_text(const Array& array) {
    std::string text = "(";
    for (std::size_t i = 0; i < array.ndim(); ++i) {
        text += (i ? ", " : "") + std::to_string(array.shape(i));
    }
    return text + ")";
}

template <class Array>
void require_shape(const Array& array, const std::string& name, const std::vector<long>& shape) {
    bool same = array.ndim() == shape.size();
    for (std::size_t i = 0; same && i < shape.size(); ++i) {
        same = static_cast<long>(array.shape(i)) == shape[i];
    }
    if (same) return;
    std::string wanted = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        wanted += (i ? ", " : "") + std::to_string(shape[i]);
    }
    throw std::invalid_argument(name + " has shape " + shape_text(array) + "; expected " + wanted +
                                ")");
}

// Null for None, which nanobind hands over as an array without data.
template <class Array>
auto* optional_data(const Array& array, const std::string& name, const std::vector<long>& shape) {
    if (array.is_valid()) require_shape(array, name, shape);
    return array.is_valid() ? array.data() : nullptr;
}

inline Problem problem_of(const std::string& cell, long alphabet, long units, long depth,
                   const Symbols& tokens) {
    if (tokens.ndim() != 2 || tokens.shape(0) == 0 || tokens.shape(1) == 0) {
        throw std::invalid_argument("tokens has shape " + shape_text(tokens) +
                                    "; expected (batch, length), both at least 1");
    }
    if (alphabet < 2 || units < 1 || depth < 1) {
        throw std::invalid_argument("alphabet size must be at least 2, units and depth at least 1");
    }
    return {cell_of(cell),
            alphabet,
            units,
            depth,
            static_cast<long>(tokens.shape(0)),
            static_cast<long>(tokens.shape(1))};
}

inline std::vector<long> state_shape(const Problem& p) { return {p.depth, p.batch, p.units}; }

template <class Array>
auto recurrent_pointers(const Problem& p, const std::vector<Array>& arrays, std::size_t extra) {
    const std::size_t count = static_cast<std::size_t>(p.depth * parameters_per_layer) + extra;
    if (arrays.size() != count) {
        throw std::invalid_argument("expected " + std::to_string(count) + " parameters, got " +
                                    std::to_string(arrays.size()));
    }
    const long gate_units = gates_of(p.cell) * p.units;
    std::vector<decltype(arrays[0].data())> pointers;
    for (std::size_t i = 0; i < count - extra; ++i) {
        const long layer = static_cast<long>(i) / parameters_per_layer;
        const long kind = static_cast<long>(i) % parameters_per_layer;
        const std::string name = "parameter " + std::to_string(i);
        if (kind == weight_ih) {
            require_shape(arrays[i], name, {gate_units, layer ? p.units : p.alphabet});
        } else if (kind == weight_hh) {
            require_shape(arrays[i], name, {gate_units, p.units});
        } else {
            require_shape(arrays[i], name, {gate_units});
        }
        pointers.push_back(arrays[i].data());
    }
    return pointers;
}

}  // namespace seqmem
