#include "network/float32/plan.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/round_up.h"
#include "network/float32/winograd.h"
#include "network/fold.h"

namespace digitcli::network::float32 {
namespace {

constexpr Padding kNone = {0, 0};
constexpr int kWaveTiles = 32;  // rows that one pass over Winograd's filters should serve
constexpr int kMaxWave = 8;

bool fits_into(const Layer& pool, const Layer& conv) {
  return conv.kind == Kind::conv && pool.kind == Kind::max_pool && pool.window == 2 &&
         pool.stride == 2;
}

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

void check_arrays(const Layer& layer, std::size_t depth) {
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.weight_size != depth * units || layer.bias_size != units) {
    throw base::BadNetwork(layer.name + ": expected " + std::to_string(depth) + " x " +
                           std::to_string(units) + " weights and as many biases, got " +
                           std::to_string(layer.weight_size) + " and " +
                           std::to_string(layer.bias_size) + " values");
  }
}

// Everything that can be wrong with a network, before any pass changes what it would be called.
void check_network(Shape shape, const std::vector<Layer>& layers) {
  if (layers.empty()) throw base::BadNetwork("a network needs at least one layer");
  check_shape("input", shape);
  bool flat = false;
  for (const Layer& layer : layers) {
    check_layer(layer);
    if (flat && layer.kind != Kind::dense) {
      throw base::BadNetwork(layer.name + ": comes after a dense layer, but needs a picture");
    }
    const Shape in = shape;
    shape = output_shape(layer, in);
    check_shape(layer.name, shape);
    if (layer.kind == Kind::conv) {
      const Shape window{layer.window, layer.window, in.channels};
      check_shape(layer.name + " (one window)", window);
      check_arrays(layer, window.size());
    } else if (layer.kind == Kind::dense) {
      check_arrays(layer, in.size());
      flat = true;
    }
  }
}

// Rows of a convolution's windows that lie inside the picture, summed over all output rows.
int rows_inside(const Layer& conv, Shape in, Shape out) {
  int rows = 0;
  for (int row = 0; row < out.height; ++row) {
    const int start = row * conv.stride - padding_of(conv, in.height).before;
    rows += std::min(start + conv.window, in.height) - std::max(start, 0);
  }
  return rows;
}

// Builds the steps of one plan, first to last.
class Planner {
 public:
  Planner(Plan& plan, const Passes& passes, const Kernels& kernels)
      : plan_(plan), passes_(passes), kernels_(kernels) {}

  void add(const std::vector<Folded>& layers) {
    shape_layers(layers);
    const bool whole_vectors = steps_.front().algorithm == Algorithm::winograd;
    plan_.first = plane_for(plan_.input, whole_vectors ? padded(plan_.input) : plan_.input.channels,
                            &steps_.front());
    Plane plane = plan_.first;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      Step& step = steps_[i];
      step.in = plane;
      const Step* consumer = i + 1 < steps_.size() ? &steps_[i + 1] : nullptr;
      step.out = plane_for(shapes_[i], padded(shapes_[i]), consumer);
      pack(step);
      plane = step.out;
    }
    plan_.output = plane.shape;
    for (Step& step : steps_) {
      auto& kind = step.algorithm == Algorithm::dense ? plan_.dense_steps : plan_.picture_steps;
      kind.push_back(std::move(step));
    }
  }

 private:
  // Which steps there are, each with its algorithm and what comes out: planes need to know both
  // of the step behind them.
  void shape_layers(const std::vector<Folded>& layers) {
    Shape shape = plan_.input;
    for (const Folded& folded : layers) {
      const Layer& layer = folded.layer;
      const Shape in = shape;
      shape = output_shape(layer, in);
      if (passes_.fuse && !steps_.empty() && fits_into(layer, steps_.back().layer) &&
          !steps_.back().pooled) {
        steps_.back().pooled = true;
        steps_.back().names += "+" + layer.name;
        shapes_.back() = shape;
        continue;
      }
      steps_.push_back(step_for(folded, in, shape));
      shapes_.push_back(shape);
    }
  }

  Step step_for(const Folded& folded, Shape in, Shape out) const {
    const Layer& layer = folded.layer;
    Step step;
    step.layer = layer;
    step.names = folded.names;
    step.unpooled = out;
    switch (layer.kind) {
      case Kind::conv: {
        if (passes_.winograd) step.tiles = choose_tiles(layer, in, out, kernels_);
        const double per_row = 2.0 * layer.window * in.channels * out.width * layer.units;
        step.flops_direct = per_row * layer.window * out.height;
        // The kernel for one channel skips blank tiles, of which the plan knows nothing, and no
        // rows.
        step.flops_done = runs_on_one_channel(layer, in.channels)
                              ? step.flops_direct
                              : per_row * rows_inside(layer, in, out);
        if (step.tiles.form >= 0) {
          step.algorithm = Algorithm::winograd;
          step.flops_done = winograd_flops(step.tiles, in.channels, layer.units);
        }
        break;
      }
      case Kind::max_pool:
        step.algorithm = Algorithm::max_pool;
        break;
      case Kind::average_pool:
        step.algorithm = Algorithm::average_pool;
        step.flops_direct = step.flops_done = static_cast<double>(in.size() + out.size());
        break;
      case Kind::dense:
        step.algorithm = Algorithm::dense;
        step.flops_direct = 2 * folded.multiplications;
        step.flops_done = 2.0 * static_cast<double>(in.size()) * layer.units;
        break;
    }
    return step;
  }

  int padded(Shape shape) const { return base::round_up(shape.channels, kernels_.lanes); }

  // The plane between two steps: as wide as its producer writes, bordered as its consumer reads.
  static Plane plane_for(Shape shape, int padded, const Step* consumer) {
    if (consumer == nullptr || consumer->layer.kind != Kind::conv) {
      return {shape, padded, kNone, kNone};
    }
    Padding rows = padding_of(consumer->layer, shape.height);
    Padding columns = padding_of(consumer->layer, shape.width);
    if (consumer->algorithm == Algorithm::winograd) {  // its last tiles may reach further
      const auto behind = [&](Cover cover, int before, int size) {
        return (cover.tiles - 1) * consumer->tiles.outputs + consumer->tiles.points -
               (cover.last_is_short ? 2 : 0) - before - size;
      };
      rows.after = std::max(0, behind(consumer->tiles.down, rows.before, shape.height));
      columns.after = std::max(0, behind(consumer->tiles.across, columns.before, shape.width));
    }
    return {shape, padded, rows, columns};
  }

  void pack(Step& step) {
    const Layer& layer = step.layer;
    const int lanes = kernels_.lanes, channels = step.in.shape.channels;
    if (layer.kind == Kind::conv) {
      const int depth = layer.window * layer.window * channels;
      if (step.algorithm == Algorithm::winograd) {
        step.panels = transform_filters(layer, channels, step.tiles, lanes);
        const int wave = (kWaveTiles + step.tiles.count() - 1) / step.tiles.count();
        plan_.wave = std::max(plan_.wave, std::min(wave, kMaxWave));
      } else {
        set_segments(step, layer.window, layer.window);
        step.panels = pack_panels(layer.weight, layer.bias, depth, layer.units, lanes);
      }
    } else if (layer.kind == Kind::dense) {
      const int depth = static_cast<int>(step.in.shape.size());
      set_segments(step, step.in.shape.height, step.in.shape.width);
      step.panels = pack_panels(layer.weight, layer.bias, depth, layer.units, lanes);
      step.wide = pad_rows(layer.weight, depth, layer.units, step.out.padded);
    }
    step.layer.weight = step.layer.bias = nullptr;  // not ours to keep
  }

  Plan& plan_;
  const Passes& passes_;
  const Kernels& kernels_;
  std::vector<Step> steps_;
  std::vector<Shape> shapes_;
};

}  // namespace

Passes all_passes_but(const std::vector<std::string>& names) {
  Passes passes;
  for (const std::string& name : names) {
    if (name == "fold") {
      passes.fold = false;
    } else if (name == "winograd") {
      passes.winograd = false;
    } else if (name == "fuse") {
      passes.fuse = false;
    } else {
      throw base::BadNetwork("no pass is called '" + name +
                             "' (choose from: fold, winograd, fuse)");
    }
  }
  return passes;
}

Plan make_plan(Shape input, const std::vector<Layer>& layers, const Passes& passes,
               const Kernels& kernels) {
  check_network(input, layers);
  Plan plan;
  plan.input = input;
  std::deque<std::vector<float>> arrays;
  Planner(plan, passes, kernels).add(fold_linear_chains(layers, passes.fold, arrays));
  return plan;
}

}  // namespace digitcli::network::float32
