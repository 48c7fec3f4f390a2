// What a picture without ink makes of each step: digits have wide margins, so that much of what a
// step writes is the same for all pictures. It is found once and copied.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/aligned.h"
#include "network/plan.h"
#include "network/window.h"
#include "network/worker_buffers.h"

namespace digitcli::network {

// Of tiles over `size` outputs: which pixels each depends on.
template <class Cover>
std::vector<Span> spans_seen(const Field& field, int size, const Cover& cover) {
  std::vector<Span> spans;
  for (int tile = 0; tile < cover.tiles; ++tile) {
    const int first = cover.start(tile);
    spans.push_back(field.of(first, std::min(cover.outputs_of(tile), size - first)));
  }
  return spans;
}

// What is copied has to be what would be computed, to the bit. That is so for whole numbers,
// `exact`; in floats the outputs of one of Winograd's tiles carry the rounding of all its inputs,
// so that only the first such step can tell by the pixels.
template <class Plan>
void find_seen(Plan& plan, bool exact) {
  constexpr int kLeastTiles = 3;  // in a row and a column: of fewer none is without ink
  const Shape picture = plan.input;
  if (picture.channels != 1 || picture.width > Ink::kMostColumns ||
      picture.height > Ink::kMostColumns) {
    return;  // larger ones are photographs, whose paper is not 0
  }
  Field rows{picture.height}, columns{picture.width};
  for (auto& step : plan.picture_steps) {
    // Logits of an int8 network are floats: their rows are not where a plane of bytes has them.
    if (step.layer.kind == Kind::average_pool || (exact && step.gives_floats)) return;
    const Shape sums = output_shape(step.layer, step.input);
    rows.pass(step.layer.window.rows, step.layer.stride.rows,
              row_padding(step.layer, step.input).before);
    columns.pass(step.layer.window.columns, step.layer.stride.columns,
                 column_padding(step.layer, step.input).before);
    const bool winograd = step.algorithm == Algorithm::winograd;
    if (winograd && std::min(step.tiles.down.tiles, step.tiles.across.tiles) >= kLeastTiles) {
      step.seen.rows = spans_seen(rows, sums.height, step.tiles.down);
      for (const Span span : spans_seen(columns, sums.width, step.tiles.across)) {
        step.seen.columns.push_back(Ink::columns(span));
      }
    }
    if (step.pooled) {
      rows.pass(2, 2, 0);
      columns.pass(2, 2, 0);
    }
    if (step.algorithm == Algorithm::direct) {
      const int height = step.out.shape.height;
      step.seen.rows = spans_seen(rows, height, decltype(step.tiles.down){height, 1, 0, 0});
    }
    plan.looks_for_ink = plan.looks_for_ink || !step.seen.rows.empty();
    if (winograd && !exact) return;
  }
}

// Runs a blank picture through the steps, so that those of which something is seen know what
// becomes of it.
template <class Network>
void learn_blank_picture(Network& network) {
  const auto& steps = network.plan().picture_steps;
  std::size_t count = steps.size();
  while (count > 0 && steps[count - 1].seen.rows.empty()) --count;
  if (count == 0) return;
  using Scratch = typename Network::Scratch;
  WorkerBuffers<Scratch> workers;
  workers.make_room(1, 1, 1, network);
  const Context<Scratch> alone{network.kernels(), workers, base::Team(), 0};
  Scratch& scratch = alone.shared();
  const std::vector<std::uint8_t> pixels(network.plan().input.size());
  network.fill(pixels.data(), scratch.plane(0));
  for (std::size_t s = 0; s < count; ++s) {
    auto* out = s + 1 < steps.size() ? scratch.plane(s + 1) : scratch.rows.front().data();
    run_picture_step(steps[s], alone, 1, scratch.plane(s), out);
    if (steps[s].seen.rows.empty()) continue;
    const auto size = static_cast<std::size_t>(steps[s].out.size());
    base::Aligned<typename Network::Value> kept(size);
    std::copy_n(out, size, kept.data());
    network.remember_blank(s, std::move(kept));
  }
}

}  // namespace digitcli::network
