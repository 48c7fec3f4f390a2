#include "network/int8/winograd.h"

#include <algorithm>
#include <cstdlib>

#include "network/int8/weights.h"
#include "network/panels.h"

namespace digitcli::network::int8 {
namespace {

// Winograd's method is taken where it takes at most this share of the direct way's time.
constexpr double kWorthIt = 0.92;

constexpr int kLeastChannels = 8;

// One summand of the product at a place: a place of the input times a row of the filter matrix.
struct Term {
  int place, row, sign;
};

// A form in whole numbers; kernels/int8_winograd.h says how it comes by them.
struct Form {
  int window, most;                      // largest input, in magnitude
  double input, output;                  // time of a full tile's transforms, in products
  std::vector<std::vector<int>> rows;    // of the filter matrix: what taps are worth
  std::vector<std::vector<Term>> terms;  // of each place
};

const std::array<Form, kExactForms>& forms() {
  static const std::array<Form, kExactForms> all = {
      Form{3,
           255,
           75,
           100,
           {{6, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}},
           {{{0, 0, 1}}, {{1, 1, 1}}, {{2, 2, 1}}, {{3, 3, 1}}, {{4, 4, 1}}, {{5, 5, 1}}}},
      Form{5,
           128,
           170,
           240,
           {{2, 0, 0, 0, 0},
            {1, 1, 1, 1, 1},
            {1, -1, 1, -1, 1},
            {2, 0, -2, 0, 2},
            {0, 2, 0, -2, 0},
            {1, 2, 4, 8, 16},
            {1, -2, 4, -8, 16},
            {0, 0, 0, 0, 2}},
           {{{0, 0, 1}},
            {{1, 1, 1}},
            {{2, 2, 1}},
            {{3, 3, 1}, {4, 4, -1}},
            {{4, 3, 1}, {3, 4, 1}},
            {{5, 5, 1}},
            {{6, 6, 1}},
            {{7, 7, 1}}}}};
  return all;
}

const Form& form_of(int window) { return forms()[window == 3 ? 0 : 1]; }

// Whether a tile has a place of one dimension: two are missing before the last of a short one.
bool has_place(bool is_short, int place, int places) {
  return !is_short || place < places - 3 || place == places - 1;
}

// Terms in one dimension of a tile.
int terms_of(const Form& form, bool is_short) {
  const int places = static_cast<int>(form.terms.size());
  int terms = 0;
  for (int i = 0; i < places; ++i) {
    if (has_place(is_short, i, places)) {
      terms += static_cast<int>(form.terms[static_cast<std::size_t>(i)].size());
    }
  }
  return terms;
}

double terms_per_picture(const Tiles& tiles, const Form& form) {
  double terms = 0;
  for_each_kind(tiles, [&](bool short_rows, bool short_columns, int count) {
    terms +=
        static_cast<double>(count) * terms_of(form, short_rows) * terms_of(form, short_columns);
  });
  return terms;
}

// Both in products of one vector of units by two numbers of 16 bits.
double direct_cost(const QuantizedLayer& conv, int padded, Shape sums, const Kernels& kernels) {
  const int groups = (conv.window.columns * padded + 3) / 4;
  const int vectors = (conv.units + kernels.lanes - 1) / kernels.lanes;
  return kernels.dot_cost * sums.height * sums.width * conv.window.rows * groups * vectors;
}

double winograd_cost(const QuantizedLayer& conv, int channels, int padded, const Tiles& tiles,
                     const Kernels& kernels) {
  const Form& form = form_of(conv.window.rows);
  const int vectors = (conv.units + kernels.lanes - 1) / kernels.lanes;
  const int inputs = (padded + kernels.shorts - 1) / kernels.shorts;
  double cost = terms_per_picture(tiles, form) * ((channels + 1) / 2) * vectors;
  for_each_kind(tiles, [&](bool short_rows, bool short_columns, int count) {
    const double share = (short_rows ? 0.6 : 1) * (short_columns ? 0.6 : 1) * count;
    cost += share * (form.input * inputs + form.output * vectors);
  });
  return cost;
}

// The largest magnitude of a sum that inputs of at most `most` can give.
std::int64_t largest_sum(const QuantizedLayer& conv, int depth, int most) {
  std::int64_t largest = 0;
  for (int u = 0; u < conv.units; ++u) {
    std::int64_t sum = 0;
    for (int k = 0; k < depth; ++k) {
      sum += std::abs(conv.weights[static_cast<std::ptrdiff_t>(k) * conv.units + u]);
    }
    largest = std::max(largest, sum);
  }
  return largest * most;
}

// A filter of one channel at all pairs of rows of the matrix: values[row * rows + column].
std::vector<int> at_rows(const QuantizedLayer& conv, int channels, int channel, int unit,
                         const Form& form) {
  const std::size_t count = form.rows.size(), window = static_cast<std::size_t>(form.window);
  std::vector<int> half(count * window), full(count * count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t row = 0; row < window; ++row) {
      for (std::size_t column = 0; column < window; ++column) {
        const auto tap = static_cast<std::ptrdiff_t>(row * window + column);
        half[i * window + column] +=
            form.rows[i][row] * conv.weights[(tap * channels + channel) * conv.units + unit];
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t column = 0; column < window; ++column) {
        full[i * count + j] += form.rows[j][column] * half[i * window + column];
      }
    }
  }
  return full;
}

// How a place's products are summed: terms of both dimensions.
struct Product {
  int source;  // place of the input
  int row;     // of at_rows()
  int sign;
};

std::vector<Product> products_at(const Form& form, std::size_t i, std::size_t j) {
  const int count = static_cast<int>(form.rows.size());
  std::vector<Product> products;
  for (const Term& down : form.terms[i]) {
    for (const Term& across : form.terms[j]) {
      products.push_back({down.place * count + across.place, down.row * count + across.row,
                          down.sign * across.sign});
    }
  }
  return products;
}

// Part `part` of `parts` whose sum is `value`, nearly equal.
int part_of(int value, int part, int parts) {
  return static_cast<int>(static_cast<std::int64_t>(value) * (part + 1) / parts) -
         static_cast<int>(static_cast<std::int64_t>(value) * part / parts);
}

constexpr int kMost16 = 32767;

}  // namespace

Tiles choose_tiles(const QuantizedLayer& conv, const Plane& in, Shape sums,
                   const Kernels& kernels) {
  const int window = conv.window.rows, channels = in.shape.channels;
  if (conv.logits || !conv.stride.square(1) || !conv.window.square(window) ||
      channels < kLeastChannels || in.padded < kernels.shorts) {
    return {};
  }
  for (int i = 0; i < kExactForms; ++i) {
    const ExactWinograd& kernel = kernels.exact_winograd[i];
    if (kernel.window != window) continue;
    const Tiles tiles{i, kernel.outputs, kernel.outputs + window - 1,
                      winograd::cover(sums.height, kernel.outputs, true),
                      winograd::cover(sums.width, kernel.outputs, true)};
    const int depth = window * window * channels;
    const bool pays = winograd_cost(conv, channels, in.padded, tiles, kernels) <
                      kWorthIt * direct_cost(conv, in.padded, sums, kernels);
    const bool fits = largest_sum(conv, depth, form_of(window).most) < 1 << 25;
    return pays && fits ? tiles : Tiles{};
  }
  return {};
}

double winograd_flops(const Tiles& tiles, int window, int channels, int units) {
  return 2.0 * terms_per_picture(tiles, form_of(window)) * channels * units;
}

Filters transform_filters(const QuantizedLayer& conv, int channels, const Tiles& tiles, int lanes) {
  const Form& form = form_of(conv.window.rows);
  const Cut cut(conv.units, lanes);
  const std::size_t count = form.rows.size(), all = static_cast<std::size_t>(tiles.all_points());
  std::vector<std::vector<int>> filters;  // [channel * units + unit]
  std::vector<int> largest(count * count);
  for (int channel = 0; channel < channels; ++channel) {
    for (int unit = 0; unit < conv.units; ++unit) {
      filters.push_back(at_rows(conv, channels, channel, unit, form));
      for (std::size_t k = 0; k < largest.size(); ++k) {
        largest[k] = std::max(largest[k], std::abs(filters.back()[k]));
      }
    }
  }

  Filters result;
  result.groups = (channels + 1) / 2;
  const std::ptrdiff_t source = static_cast<std::ptrdiff_t>(result.groups) * 2 * lanes;
  struct Piece {  // of a source's weights
    Product product;
    int part, parts;
  };
  std::vector<std::vector<Piece>> pieces(all);
  std::ptrdiff_t values = 0;
  for (std::size_t place = 0; place < all; ++place) {
    Filters::Place& to = result.places.emplace_back();
    to.first = values;
    for (const Product& product : products_at(form, place / count, place % count)) {
      const int parts =
          std::max(1, (largest[static_cast<std::size_t>(product.row)] + kMost16 - 1) / kMost16);
      for (int part = 0; part < parts; ++part) {
        to.sources[static_cast<std::size_t>(to.count++)] = product.source;
        pieces[place].push_back({product, part, parts});
      }
    }
    values += to.count * source;
  }
  result.stride = 2 * values;
  result.weight = base::Aligned<std::int16_t>(static_cast<std::size_t>(result.stride) *
                                              static_cast<std::size_t>(cut.count));
  for (int p = 0; p < cut.count; ++p) {
    const int vectors = cut.vectors(p), first = p * cut.width;
    const int units = std::min(vectors * lanes, conv.units - first);
    for (std::size_t place = 0; place < all; ++place) {
      std::int16_t* to =
          result.weight.data() + p * result.stride + vectors * result.places[place].first;
      for (const Piece& piece : pieces[place]) {
        for (int channel = 0; channel < channels; ++channel) {
          for (int u = 0; u < units; ++u) {
            const auto at = static_cast<std::size_t>(channel * conv.units + first + u);
            const int value = filters[at][static_cast<std::size_t>(piece.product.row)];
            to[(channel / 2 * vectors * lanes + u) * 2 + channel % 2] = static_cast<std::int16_t>(
                piece.product.sign * part_of(value, piece.part, piece.parts));
          }
        }
        to += vectors * source;
      }
    }
  }
  result.correction.resize(static_cast<std::size_t>(conv.units));
  if (form.most == 128) {
    for (int k = 0; k < form.window * form.window * channels; ++k) {
      for (int u = 0; u < conv.units; ++u) {
        result.correction[static_cast<std::size_t>(u)] +=
            128 * conv.weights[static_cast<std::ptrdiff_t>(k) * conv.units + u];
      }
    }
  }
  return result;
}

}  // namespace digitcli::network::int8
