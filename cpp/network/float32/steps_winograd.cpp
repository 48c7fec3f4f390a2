#include <algorithm>

#include "network/float32/bands.h"
#include "network/float32/steps.h"

namespace digitcli::network::float32 {
namespace {

// Between the values of neighbouring points: without it, those of one channel would lie a power of
// two apart and fight for the same lines of the first cache.
constexpr std::ptrdiff_t kGap = 48;

// A band of a step at work: the same three phases for one thread, a few and many.
class Run {
 public:
  Run(const Step& step, const Context& context, const Band& band, const float* in, float* out)
      : step_(step),
        context_(context),
        winograd_(context.kernels.winograd[step.tiles.form]),
        band_(band),
        tiles_(band_.tiles),
        room_(step, band.pictures * band.tiles.count()),
        pictures_(band.pictures),
        in_(in),
        out_(out) {}

  // Some panels, one after the other, so that their products are still in the cache when they are
  // collected; all in one worker's own memory.
  void panels(int first, int end, Scratch& scratch) const {
    const int strips = pictures_ * tiles_.down.tiles;
    float *points = scratch.points.data(), *products = scratch.products.data();
    for (int strip = 0; strip < strips; ++strip) transform(strip, points);
    for (int p = first; p < end; ++p) {
      for (int point = 0; point < tiles_.all_points(); ++point) {
        multiply(p, point, points, products);
      }
      for (int strip = 0; strip < strips; ++strip) collect(p, strip, products);
    }
  }

  // A few workers each take some panels, and transform the input for themselves: to wait for what
  // lies in another core's cache takes longer.
  void by_panels() const {
    const int count = step_.packed->panels.count, shares = std::min(context_.team.size(), count);
    context_.team.each(shares, [&](int share, int worker) {
      panels(count * share / shares, count * (share + 1) / shares, context_.own(worker));
    });
  }

  // Many workers share each phase.
  void by_phases() const {
    const int strips = pictures_ * tiles_.down.tiles, count = step_.packed->panels.count;
    const int rows = tiles_.points;
    float* points = context_.shared().points.data();
    const auto products = [&](int p) {
      return context_.shared().products.data() + p * room_.panel_products;
    };
    context_.team.each(strips, [&](int strip, int) { transform(strip, points); });
    context_.team.each(count * rows, [&](int item, int) {
      const int p = item / rows, first = item % rows * rows;
      for (int i = 0; i < rows; ++i) multiply(p, first + i, points, products(p));
    });
    context_.team.each(count * strips, [&](int item, int) {
      const int p = item / strips;
      collect(p, item % strips, products(p));
    });
  }

 private:
  // Where a tile lies among all tiles: those with fewer points stand at the ends, so that the tiles
  // that have a point are neighbours. First short columns, then full tiles, then short rows, then
  // what is short both ways.
  int place(int picture, int down, int across) const {
    const Cover &rows = tiles_.down, &columns = tiles_.across;
    const int right = rows.full() * columns.last_is_short, full = rows.full() * columns.full();
    const int bottom = rows.last_is_short * columns.full();
    if (!rows.is_short(down)) {
      if (columns.is_short(across)) return picture * right + down;
      return pictures_ * right + picture * full + down * columns.full() + across;
    }
    if (!columns.is_short(across)) {
      return pictures_ * (right + full) + picture * bottom + across;
    }
    return pictures_ * (right + full + bottom) + picture;
  }

  // The tiles that have a point.
  struct Range {
    int first, count;
  };
  Range tiles_at(int point) const {
    const Cover &rows = tiles_.down, &columns = tiles_.across;
    const int points = tiles_.points;
    const auto only_full = [&](int i) { return i >= points - 3 && i < points - 1; };
    const int right = rows.full() * columns.last_is_short, full = rows.full() * columns.full();
    int first = 0, end = tiles_.count();
    if (columns.last_is_short && only_full(point % points)) {
      first = right;
      end -= rows.last_is_short;
    }
    if (rows.last_is_short && only_full(point / points)) end = right + full;
    return {pictures_ * first, pictures_ * (end - first)};
  }

  // One strip: the tiles beside each other in one picture.
  void transform(int strip, float* points) const {
    const Plane& from = step_.in;
    const int picture = strip / tiles_.down.tiles, down = strip % tiles_.down.tiles;
    const float* x =
        in_ + (band_.picture + picture) * from.size() +
        static_cast<std::ptrdiff_t>(band_.down + down) * tiles_.outputs * from.row_stride() +
        static_cast<std::ptrdiff_t>(band_.across) * tiles_.outputs * from.pixel_stride();
    for (int across = 0; across < tiles_.across.tiles; ++across) {
      winograd_.input[tiles_.down.is_short(down)][tiles_.across.is_short(across)](
          x + across * tiles_.outputs * from.pixel_stride(), from.row_stride(), from.pixel_stride(),
          from.padded,
          points + static_cast<std::ptrdiff_t>(place(picture, down, across)) * from.padded,
          room_.point_stride);
    }
  }

  // All tiles that have a point times the filters of one panel there.
  void multiply(int panel, int point, const float* points, float* products) const {
    const int channels = step_.in.shape.channels, padded = step_.in.padded;
    const int vectors = step_.packed->panels.vectors(panel), width = step_.packed->panels.width;
    const Range range = tiles_at(point);
    const float* x =
        points + point * room_.point_stride + static_cast<std::ptrdiff_t>(range.first) * padded;
    const float* w = step_.packed->panels.panel(panel) + static_cast<std::ptrdiff_t>(point) *
                                                             channels * vectors *
                                                             context_.kernels.lanes;
    float* y =
        products + point * room_.product_stride + static_cast<std::ptrdiff_t>(range.first) * width;
    for_each_tile(range.count, context_.kernels.max_rows, [&](int first, int rows) {
      context_.kernels.bare_product[vectors - 1][rows - 1](
          x + static_cast<std::ptrdiff_t>(first) * padded, padded, channels, w,
          y + static_cast<std::ptrdiff_t>(first) * width, width);
    });
  }

  void collect(int panel, int strip, const float* products) const {
    const Plane& to = step_.out;
    const int width = step_.packed->panels.width, outputs = tiles_.outputs;
    const int picture = strip / tiles_.down.tiles, down = strip % tiles_.down.tiles;
    const int row = (band_.down + down) * outputs,
              rows = std::min(outputs, step_.unpooled.height - row);
    const int shrink = step_.pooled ? 2 : 1;
    float* y = out_ + (band_.picture + picture) * to.size() + to.interior() +
               row / shrink * to.row_stride() + panel * width;
    for (int across = 0; across < tiles_.across.tiles; ++across) {
      const int column = (band_.across + across) * outputs;
      winograd_.output[tiles_.down.is_short(down)][tiles_.across.is_short(across)](
          products + static_cast<std::ptrdiff_t>(place(picture, down, across)) * width,
          room_.product_stride, step_.packed->panels.vectors(panel) * context_.kernels.lanes,
          step_.packed->panels.bias.data() + panel * width, step_.layer.relu, step_.pooled,
          within(rows, to.shape.height - row / shrink),
          within(std::min(outputs, step_.unpooled.width - column),
                 to.shape.width - column / shrink),
          y + column / shrink * to.pixel_stride(), to.row_stride(), to.pixel_stride());
    }
  }

  // A "valid" pool leaves the last row of an odd number of them out.
  int within(int values, int outputs) const {
    return step_.pooled ? std::min(values, 2 * outputs) : values;
  }

  const Step& step_;
  const Context& context_;
  const Winograd& winograd_;
  const Band band_;
  const Tiles& tiles_;  // of the band
  const WinogradRoom room_;
  const int pictures_;
  const float* in_;
  float* out_;
};

}  // namespace

WinogradRoom::WinogradRoom(const Step& step, int tiles) {
  point_stride = static_cast<std::ptrdiff_t>(tiles) * step.in.padded + kGap;
  product_stride = static_cast<std::ptrdiff_t>(tiles) * step.packed->panels.width + kGap;
  panel_products = step.tiles.all_points() * product_stride;
  all_points = step.tiles.all_points() * point_stride;
  all_products = step.packed->panels.count * panel_products;
}

void run_winograd(const Step& step, const Context& context, int pictures, const float* in,
                  float* out) {
  const int panels = step.packed->panels.count, threads = context.team.size();
  const bool rows = threads == 1 || shared_winograd(step, threads).by_rows;
  const Bands bands(step, pictures, rows ? threads : 1);
  if (rows || bands.count() >= threads) {
    context.team.each(bands.count(), [&](int i, int worker) {
      Run(step, context, bands.band(i), in, out).panels(0, panels, context.own(worker));
    });
    return;
  }
  for (int i = 0; i < bands.count(); ++i) {
    const Run run(step, context, bands.band(i), in, out);
    threads <= 2 * panels ? run.by_panels() : run.by_phases();
  }
}

}  // namespace digitcli::network::float32
