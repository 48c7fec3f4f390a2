#include "network/float32/plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/round_up.h"
#include "network/blank.h"
#include "network/winograd/run.h"

namespace digitcli::network::float32 {
namespace {

// Rows that one pass over Winograd's filters should serve.
constexpr int kWaveTiles = 32;

// Most pictures that take the picture steps together.
constexpr int kMaxWave = 8;

// `rows` runs of `columns` pixels; pixels join into one run where no padding lies between them.
void set_segments(Step& step, int rows, int columns) {
  const Plane& in = step.in;
  const bool packed = in.padded == in.shape.channels;
  const bool whole = packed && columns * in.pixel_stride() == in.row_stride();
  const int runs = whole ? 1 : packed ? rows : rows * columns;
  step.segment_depth = rows * columns * in.shape.channels / runs;
  step.segments_per_row = whole ? 0 : runs / rows;
  for (int run = 0; run < runs; ++run) {
    const int row = packed ? run : run / columns, column = packed ? 0 : run % columns;
    step.segments.push_back(row * in.row_stride() + column * in.pixel_stride());
  }
}

// Rows of a convolution's windows that lie inside the picture, summed over all output rows.
int rows_inside(const Layer& conv, Shape in, Shape out) {
  int rows = 0;
  for (int row = 0; row < out.height; ++row) {
    const int start = row * conv.stride.rows - row_padding(conv, in).before;
    rows += std::min(start + conv.window.rows, in.height) - std::max(start, 0);
  }
  return rows;
}

// Builds the steps of one plan, first to last.
class Planner {
 public:
  Planner(Plan& plan, const Weights& weights)
      : plan_(plan), weights_(weights), passes_(weights.passes()), kernels_(weights.kernels()) {}

  void add() {
    shape_layers(weights_.layers());
    const bool whole_vectors = steps_.front().algorithm == Algorithm::winograd;
    plan_.first = plane_for(plan_.input, whole_vectors ? padded(plan_.input) : plan_.input.channels,
                            &steps_.front());
    plan_.first_row = plan_.first.size();
    Plane plane = plan_.first;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      Step& step = steps_[i];
      step.in = plane;
      step.input = plane.shape;
      const Step* consumer = i + 1 < steps_.size() ? &steps_[i + 1] : nullptr;
      const bool dense = step.algorithm == Algorithm::dense;  // its kernels write whole vectors
      step.out = plane_for(
          shapes_[i],
          dense ? base::round_up(shapes_[i].channels, kernels_.lanes) : padded(shapes_[i]),
          consumer);
      step.out_row = step.out.size();
      prepare(step);
      step.packed = weights_of(i);
      if (step.algorithm == Algorithm::winograd)
        step.part_of_two = winograd::shared_by(step, 2).part;
      plane = step.out;
    }
    plan_.output = plane.shape;
    for (Step& step : steps_) {
      auto& kind = step.algorithm == Algorithm::dense ? plan_.dense_steps : plan_.picture_steps;
      kind.push_back(std::move(step));
    }
    if (passes_.blank) find_seen(plan_, false);
  }

 private:
  // Which steps there are, each with its algorithm and what comes out: planes need to know both
  // of the step behind them.
  void shape_layers(const std::vector<Folded>& layers) {
    Shape shape = plan_.input;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Folded& folded = layers[i];
      const Layer& layer = folded.layer;
      const Shape in = shape;
      shape = output_shape(layer, in);
      if (passes_.fuse && !steps_.empty() && is_fusible(layer) &&
          steps_.back().layer.kind == Kind::conv && !steps_.back().pooled) {
        steps_.back().pooled = true;
        steps_.back().names += "+" + layer.name;
        shapes_.back() = shape;
        continue;
      }
      steps_.push_back(step_for(folded, in, shape));
      shapes_.push_back(shape);
      sources_.push_back(i);
    }
  }

  Step step_for(const Folded& folded, Shape in, Shape out) const {
    const Layer& layer = folded.layer;
    Step step;
    step.layer = layer;
    step.names = folded.names;
    step.unpooled = out;
    step.flops_direct = step.flops_done = direct_flops(layer, in, out);
    switch (layer.kind) {
      case Kind::conv:
        if (passes_.winograd) step.tiles = choose_tiles(layer, in, out, kernels_);
        if (step.tiles.form >= 0) {
          step.algorithm = Algorithm::winograd;
          step.flops_done = winograd_flops(step.tiles, in.channels, layer.units);
        } else if (!runs_on_one_channel(layer, in.channels)) {  // that kernel leaves no rows out
          step.flops_done = 2.0 * layer.window.columns * in.channels * out.width * layer.units *
                            rows_inside(layer, in, out);
        }
        break;
      case Kind::max_pool:
        step.algorithm = Algorithm::max_pool;
        break;
      case Kind::average_pool:
        step.algorithm = Algorithm::average_pool;
        break;
      case Kind::dense:
        step.algorithm = Algorithm::dense;
        step.flops_direct = 2 * folded.multiplications;
        break;
    }
    return step;
  }

  int padded(Shape shape) const { return base::round_up(shape.channels, kernels_.half_lanes); }

  // The plane between two steps: as wide as its producer writes, bordered as its consumer reads.
  static Plane plane_for(Shape shape, int padded, const Step* consumer) {
    if (consumer == nullptr || consumer->layer.kind != Kind::conv) {
      return {shape, padded, kNoPadding, kNoPadding, 0};
    }
    Padding rows = row_padding(consumer->layer, shape);
    Padding columns = column_padding(consumer->layer, shape);
    if (consumer->algorithm == Algorithm::winograd) {  // its last tiles may reach further
      const auto behind = [&](const winograd::Cover& cover, int before, int size) {
        return cover.start(cover.tiles) + consumer->layer.window.rows - 1 - before - size;
      };
      rows.after = std::max(0, behind(consumer->tiles.down, rows.before, shape.height));
      columns.after = std::max(0, behind(consumer->tiles.across, columns.before, shape.width));
    }
    return {shape, padded, rows, columns, columns.before + columns.after};
  }

  // What its algorithm reads, and how many pictures it should take together.
  void prepare(Step& step) {
    const Layer& layer = step.layer;
    if (step.algorithm == Algorithm::winograd) {
      const int wave = (kWaveTiles + step.tiles.count() - 1) / step.tiles.count();
      plan_.wave = std::max(plan_.wave, std::min(wave, kMaxWave));
    } else if (layer.kind == Kind::conv) {
      set_segments(step, layer.window.rows, layer.window.columns);
    } else if (layer.kind == Kind::dense) {
      set_segments(step, step.in.shape.height, step.in.shape.width);
    }
    step.layer.weight = step.layer.bias = nullptr;  // not ours to keep
  }

  std::shared_ptr<const Packed> weights_of(std::size_t i) const {
    const Step& step = steps_[i];
    const bool has_weights = step.layer.kind == Kind::conv || step.layer.kind == Kind::dense;
    return has_weights ? weights_.packed(sources_[i], step.tiles) : step.packed;
  }

  Plan& plan_;
  const Weights& weights_;
  const Passes& passes_;
  const Kernels& kernels_;
  std::vector<Step> steps_;
  std::vector<Shape> shapes_;
  std::vector<std::size_t> sources_;  // the layer that each step is made of, its first
};

}  // namespace

std::string algorithm_name(const Step& step) {
  const std::string name = name_of(step.algorithm);
  return step.algorithm == Algorithm::winograd ? name + winograd::name_of(step.tiles) : name;
}

Plan make_plan(Shape input, const Weights& weights) {
  weights.check(input);
  Plan plan;
  plan.input = input;
  Planner(plan, weights).add();
  return plan;
}

}  // namespace digitcli::network::float32
