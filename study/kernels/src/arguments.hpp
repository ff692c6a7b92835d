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

// A cell and the choice that its kernels leave open.
struct NamedCell {
    const char* name;
    Cell cell;
    Candidate candidate;
};

inline constexpr NamedCell named_cells[] = {
    {"gru", Cell::gru, Candidate::linear},
    {"lstm", Cell::lstm, Candidate::linear},
    {"mingru", Cell::mingru, Candidate::linear},
    {"mingru positive", Cell::mingru, Candidate::positive},
    {"minlstm", Cell::minlstm, Candidate::linear},
    {"minlstm positive", Cell::minlstm, Candidate::positive},
    {"rnn", Cell::rnn, Candidate::linear},
};

inline const NamedCell& cell_of(const std::string& name) {
    std::string valid;
    for (const NamedCell& named : named_cells) {
        if (name == named.name) return named;
        valid += (valid.empty() ? "" : ", ") + std::string(named.name);
    }
    throw std::invalid_argument("unknown cell '" + name + "'; valid: " + valid);
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

// A problem without its batch and length.
inline Problem shape_of(const std::string& cell, long alphabet, long units, long depth) {
    if (alphabet < 2 || units < 1 || depth < 1) {
        throw std::invalid_argument("alphabet size must be at least 2, units and depth at least 1");
    }
    const NamedCell& named = cell_of(cell);
    return {named.cell, alphabet, units, depth, 0, 0, named.candidate};
}

inline Problem problem_of(const std::string& cell, long alphabet, long units, long depth,
                   const Symbols& tokens) {
    if (tokens.ndim() != 2 || tokens.shape(0) == 0 || tokens.shape(1) == 0) {
        throw std::invalid_argument("tokens has shape " + shape_text(tokens) +
                                    "; expected (batch, length), both at least 1");
    }
    Problem p = shape_of(cell, alphabet, units, depth);
    p.batch = static_cast<long>(tokens.shape(0));
    p.length = static_cast<long>(tokens.shape(1));
    return p;
}

inline std::vector<long> state_shape(const Problem& p) { return {p.depth, p.batch, p.units}; }

// Shapes of one layer's parameters, in torch's order.
inline std::vector<std::vector<long>> layer_shapes(const Problem& p, long layer) {
    const long gate_units = gates_of(p.cell) * p.units;
    const long inputs = layer ? p.units : p.alphabet;
    if (!has_recurrent_weights(p.cell)) return {{gate_units, inputs}, {gate_units}};
    return {{gate_units, inputs}, {gate_units, p.units}, {gate_units}, {gate_units}};
}

template <class Array>
auto recurrent_pointers(const Problem& p, const std::vector<Array>& arrays, std::size_t extra) {
    const std::size_t count = static_cast<std::size_t>(p.depth * layer_parameters_of(p.cell)) + extra;
    if (arrays.size() != count) {
        throw std::invalid_argument("expected " + std::to_string(count) + " parameters, got " +
                                    std::to_string(arrays.size()));
    }
    std::vector<decltype(arrays[0].data())> pointers;
    for (long layer = 0; layer < p.depth; ++layer) {
        for (const std::vector<long>& shape : layer_shapes(p, layer)) {
            const std::size_t i = pointers.size();
            require_shape(arrays[i], "parameter " + std::to_string(i), shape);
            pointers.push_back(arrays[i].data());
        }
    }
    return pointers;
}

}  // namespace seqmem
