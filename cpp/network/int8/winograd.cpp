#include "network/int8/winograd.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/int8_points.h"
#include "network/int8/weights.h"
#include "network/int8/winograd_form.h"
#include "network/panels.h"

namespace digitcli::network::int8 {
namespace {

// Winograd's method is taken where it takes at most this share of the direct way's time.
constexpr double kWorthIt = 0.98;

// What a tile costs at one place beside its products: for each vector of sums, which are stored,
// and for each panel, of two vectors.
constexpr double kSumCost = 2, kPanelCost = 4;

constexpr int kLeastChannels = 8;

constexpr int kMost16 = 32767;

double terms_per_picture(const Tiles& tiles, const Form& form) {
  double terms = 0;
  for_each_kind(tiles, [&](int missing_rows, int missing_columns, int count) {
    terms += static_cast<double>(count) * form.count_terms(missing_rows, missing_columns);
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
  for_each_kind(tiles, [&](int missing_rows, int missing_columns, int count) {
    const double share = (1 - 0.2 * missing_rows) * (1 - 0.2 * missing_columns) * count;
    cost += share * (form.input * inputs + form.output * vectors);
    const int places = (tiles.points - missing_rows) * (tiles.points - missing_columns);
    cost += static_cast<double>(count) * places *
            (kSumCost * vectors + kPanelCost * ((vectors + 1) / 2));
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

// Those of the square of the point i, (rows * rows, units), become halves of what ExactSquare makes
// of them: whole numbers, since all are multiples of 4.
void join_square(const Form& form, int units, int* full) {
  if (form.square < 0) return;
  const auto count = static_cast<std::ptrdiff_t>(form.rows.size());
  int* first = full + form.square * (count + 1) * units;
  int* second = first + count * units;
  for (int u = 0; u < units; ++u) {
    int v[2][2] = {{first[u] / 2, first[units + u] / 2}, {second[u] / 2, second[units + u] / 2}};
    ExactSquare::join(v);
    first[u] = v[0][0], first[units + u] = v[0][1];
    second[u] = v[1][0], second[units + u] = v[1][1];
  }
}

// Filters of one channel at all pairs of rows of the matrix: (rows * rows, units).
void add_rows(const QuantizedLayer& conv, int channels, int channel, const Form& form, int* full) {
  const std::size_t count = form.rows.size(), window = static_cast<std::size_t>(form.window);
  const auto units = static_cast<std::size_t>(conv.units);
  std::vector<int> half(count * window * units);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t tap = 0; tap < window * window; ++tap) {
      const int factor = form.rows[i][tap / window];
      if (factor == 0) continue;
      const std::int8_t* from =
          conv.weights + (static_cast<std::ptrdiff_t>(tap) * channels + channel) * conv.units;
      int* to = &half[(i * window + tap % window) * units];
      for (std::size_t u = 0; u < units; ++u) to[u] += factor * from[u];
    }
  }
  int* to = full;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j, to += units) {
      for (std::size_t column = 0; column < window; ++column) {
        const int factor = form.rows[j][column];
        const int* from = &half[(i * window + column) * units];
        for (std::size_t u = 0; factor != 0 && u < units; ++u) to[u] += factor * from[u];
      }
    }
  }
  join_square(form, conv.units, full);
}

// The largest magnitude of filters at each pair of rows: what there could be, or where that would
// not fit into 16 bits, what there is.
std::vector<int> largest_at_rows(const QuantizedLayer& conv, int channels, const Form& form) {
  const std::size_t count = form.rows.size(), units = static_cast<std::size_t>(conv.units);
  std::vector<int> sums, largest;
  for (const std::vector<int>& row : form.rows) {
    sums.push_back(0);
    for (const int factor : row) sums.back() += std::abs(factor);
  }
  for (std::size_t i = 0; i < count * count; ++i) {
    largest.push_back(128 * sums[i / count] * sums[i % count]);
  }
  if (*std::max_element(largest.begin(), largest.end()) <= kMost16) return largest;
  std::fill(largest.begin(), largest.end(), 0);
  std::vector<int> full(count * count * units);
  for (int c = 0; c < channels; ++c) {
    std::fill(full.begin(), full.end(), 0);
    add_rows(conv, channels, c, form, full.data());
    for (std::size_t i = 0; i < full.size(); ++i) {
      largest[i / units] = std::max(largest[i / units], std::abs(full[i]));
    }
  }
  return largest;
}

// What one source of a place is multiplied by: part `part` of `parts` of the filters at a pair of
// rows, nearly equal, so that each fits into 16 bits.
struct Piece {
  int source, row, sign;
  int part, parts;

  // One channel's weights of `units` units, which stand in pairs of channels.
  void put(const int* from, int units, std::int16_t* to) const {
    if (parts == 1) {
      for (int u = 0; u < units; ++u) to[2 * u] = static_cast<std::int16_t>(sign * from[u]);
      return;
    }
    for (int u = 0; u < units; ++u) {
      const auto until = [&](int k) { return static_cast<std::int64_t>(from[u]) * k / parts; };
      to[2 * u] = static_cast<std::int16_t>(sign * (until(part + 1) - until(part)));
    }
  }
};

// The terms of both dimensions.
std::vector<Piece> pieces_at(const Form& form, const std::vector<int>& largest, int place) {
  const int count = static_cast<int>(form.rows.size());
  std::vector<Piece> pieces;
  for (const Term& down : form.terms_down(place / count, place % count)) {
    for (const Term& across : form.terms[static_cast<std::size_t>(place % count)]) {
      const int row = down.row * count + across.row;
      const int parts = 1 + (largest[static_cast<std::size_t>(row)] - 1) / kMost16;
      for (int part = 0; part < parts; ++part) {
        pieces.push_back(
            {down.place * count + across.place, row, down.sign * across.sign, part, parts});
      }
    }
  }
  return pieces;
}

// What centred inputs take from the sums of each unit.
std::vector<std::int32_t> correction_of(const QuantizedLayer& conv, int channels,
                                        const Form& form) {
  std::vector<std::int32_t> correction(static_cast<std::size_t>(conv.units));
  const int centre = form.most == 128 ? 128 : 0;
  const std::int8_t* weight = conv.weights;
  for (int k = 0; k < form.window * form.window * channels; ++k, weight += conv.units) {
    for (int u = 0; u < conv.units; ++u) {
      correction[static_cast<std::size_t>(u)] += centre * weight[u];
    }
  }
  return correction;
}

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
                      winograd::cover(sums.height, kernel.outputs, window, winograd::kMostMissing),
                      winograd::cover(sums.width, kernel.outputs, window, winograd::kMostMissing)};
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
  const std::vector<int> largest = largest_at_rows(conv, channels, form);
  const Cut cut(conv.units, lanes);
  Filters result;
  result.groups = (channels + 1) / 2;
  const std::ptrdiff_t source = static_cast<std::ptrdiff_t>(result.groups) * 2 * lanes;
  std::vector<Piece> pieces;  // of all places, one after the other
  for (int place = 0; place < tiles.all_points(); ++place) {
    Filters::Place& to = result.places.emplace_back();
    to.first = static_cast<std::ptrdiff_t>(pieces.size()) * source;
    for (const Piece& piece : pieces_at(form, largest, place)) {
      to.sources[static_cast<std::size_t>(to.count++)] = piece.source;
      pieces.push_back(piece);
    }
  }
  result.stride = 2 * source * static_cast<std::ptrdiff_t>(pieces.size());
  result.weight = base::Aligned<std::int16_t>(static_cast<std::size_t>(result.stride) *
                                              static_cast<std::size_t>(cut.count));
  std::vector<int> full(form.rows.size() * form.rows.size() * static_cast<std::size_t>(conv.units));
  for (int channel = 0; channel < channels; ++channel) {
    std::fill(full.begin(), full.end(), 0);
    add_rows(conv, channels, channel, form, full.data());
    for (int p = 0; p < cut.count; ++p) {
      const std::ptrdiff_t values = cut.vectors(p) * lanes * 2;  // of one pair of channels
      std::int16_t* to =
          result.weight.data() + p * result.stride + channel / 2 * values + channel % 2;
      for (const Piece& piece : pieces) {
        piece.put(&full[static_cast<std::size_t>(piece.row * conv.units + p * cut.width)],
                  std::min(cut.vectors(p) * lanes, conv.units - p * cut.width), to);
        to += result.groups * values;
      }
    }
  }
  result.correction = correction_of(conv, channels, form);
  return result;
}

}  // namespace digitcli::network::int8
