// A convolution by Winograd's method at work: who takes which tiles through its three phases.
//
// A `Way` is a step of one precision with what it runs on: a StepWay that also has
//
//   In, Point, Product, Out            the values of the four kinds of memory
//   sums(), in_row()                   the outputs before a pool; from one picture to the next
//   transform(rows missing, columns missing, x, points)                    one tile, all points
//   multiply(panel, point, points, stride, tiles, products, product_stride)  tiles, one point
//   collect(rows missing, columns missing, panel, products, rows, columns, y)  one tile
//
// and its Scratch has `points` and `products`, tile by tile, in each all points, `places` for the
// Order of a band, and the `ink` of its pictures.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/ink.h"
#include "network/plan.h"
#include "network/winograd/bands.h"
#include "network/winograd/tiles.h"

namespace digitcli::network::winograd {

// Between neighbouring tiles: without it, what one point takes of them would lie a power of two
// apart and fight for the same lines of the first cache.
constexpr std::ptrdiff_t kGap = 48;

// Where so many tiles are kept between the three phases, in values.
struct Strides {
  // A tile has `padded` inputs at each point, and `width` products of one panel.
  Strides(const Tiles& form, int padded, int width, int panels, int tiles)
      : point(static_cast<std::ptrdiff_t>(form.all_points()) * padded + kGap),
        product(static_cast<std::ptrdiff_t>(form.all_points()) * width + kGap),
        panel_products(tiles * product),
        all_points(tiles * point),
        all_products(panels * panel_products) {}

  std::ptrdiff_t point, product;  // between neighbouring tiles
  std::ptrdiff_t panel_products;  // of one panel
  std::ptrdiff_t all_points, all_products;
};

// Bands of a step, and the strides of the largest one.
template <class Step>
Bands bands_of(const Step& step, int pictures, int threads = 1) {
  return {step.tiles, std::max(step.in.padded, step.packed->panels.width), pictures, threads};
}

template <class Step>
Shared shared_by(const Step& step, int threads) {
  return shared(step.tiles, step.in.padded, step.out.padded, step.packed->panels.width, threads);
}

template <class Step>
Strides strides_of(const Step& step, int tiles) {
  const auto& panels = step.packed->panels;
  return {step.tiles, step.in.padded, panels.width, panels.count, tiles};
}

// What the steps of both precisions say of themselves.
template <class Step, class Context>
class StepWay {
 public:
  StepWay(const Step& step, const Context& context) : step_(step), context_(context) {}

  bool pooled() const { return step_.pooled; }
  const Plane& in() const { return step_.in; }
  const Plane& out() const { return step_.out; }
  std::ptrdiff_t out_row() const { return step_.out_row; }
  const auto* blank() const { return step_.blank.get(); }  // its output, if it is known
  const Seen& seen() const { return step_.seen; }
  const Ink& ink(int picture) const {
    return context_.shared().ink[static_cast<std::size_t>(picture)];
  }
  int panels() const { return step_.packed->panels.count; }
  int width() const { return step_.packed->panels.width; }
  const auto& team() const { return context_.team; }
  auto& own(int worker) const { return context_.own(worker); }
  auto& shared() const { return context_.shared(); }

 protected:
  const Step& step_;
  const Context& context_;
};

// A band of a step at work: the same three phases for one thread, a few and many.
template <class Way>
class Run {
 public:
  using Point = typename Way::Point;
  using Product = typename Way::Product;

  Run(const Way& way, const Strides& strides, const Band& band, const typename Way::In* in,
      typename Way::Out* out)
      : way_(way),
        strides_(strides),
        band_(band),
        tiles_(band_.tiles),
        strips_(band.pictures * tiles_.down.tiles),
        in_(in),
        out_(out) {}

  // Some panels, one after the other, so that their products are still in the cache when they are
  // collected; all in one worker's own memory.
  template <class Room>
  void panels(int first, int end, Room& room) const {
    Point* points = room.points.data();
    Product* products = room.products.data();
    const Order order = order_in(room.places.data());
    for (int strip = 0; strip < strips_; ++strip) transform(order, strip, points);
    for (int p = first; p < end; ++p) {
      for (int point = 0; point < tiles_.all_points(); ++point) {
        multiply(order, p, point, points, products);
      }
      for (int strip = 0; strip < strips_; ++strip) collect(order, p, strip, products);
    }
  }

  // A few workers each take some panels, and transform the input for themselves: to wait for what
  // lies in another core's cache takes longer.
  void by_panels() const {
    const int count = way_.panels(), shares = std::min(way_.team().size(), count);
    way_.team().each(shares, [&](int share, int worker) {
      panels(count * share / shares, count * (share + 1) / shares, way_.own(worker));
    });
  }

  // Many workers share each phase.
  void by_phases() const {
    const int count = way_.panels(), rows = tiles_.points;
    Point* points = way_.shared().points.data();
    const Order order = order_in(way_.shared().places.data());
    const auto products = [&](int p) {
      return way_.shared().products.data() + p * strides_.panel_products;
    };
    way_.team().each(strips_, [&](int strip, int) { transform(order, strip, points); });
    way_.team().each(count * rows, [&](int item, int) {
      const int p = item / rows, first = item % rows * rows;
      for (int i = 0; i < rows; ++i) multiply(order, p, first + i, points, products(p));
    });
    way_.team().each(count * strips_, [&](int item, int) {
      const int p = item / strips_;
      collect(order, p, item % strips_, products(p));
    });
  }

  // The part of the tiles' points that is multiplied.
  double part(int* places) const {
    const Order order = order_in(places);
    double count = 0;
    for (int point = 0; point < tiles_.all_points(); ++point) count += order.tiles_at(point).count;
    double all = 0;
    for_each_kind(tiles_, [&](int rows, int columns, int tiles) {
      all += static_cast<double>(tiles_.points - rows) * (tiles_.points - columns) * tiles;
    });
    return count / (all * band_.pictures);
  }

 private:
  const auto* picture_in(int picture) const {
    return in_ + (band_.picture + picture) * way_.in_row();
  }

  // Where the input of a tile begins in its picture.
  std::ptrdiff_t offset_in(int down, int across) const {
    const Plane& from = way_.in();
    const std::ptrdiff_t row = band_.row + tiles_.down.start(down),
                         column = band_.column + tiles_.across.start(across);
    return row * from.row_stride() + column * from.pixel_stride();
  }

  // Tiles that no ink reaches need no products, if what they become is known.
  Order order_in(int* places) const {
    const auto* blank = way_.blank();
    const Seen& seen = way_.seen();
    std::uint64_t inked = 0;  // columns of a row of tiles
    return Order(tiles_, band_.pictures, places, [&](int picture, int down, int across) {
      if (blank == nullptr) return false;
      if (across == 0) {
        const Ink& ink = way_.ink(band_.picture + picture);
        inked = ink.of(seen.rows[static_cast<std::size_t>(band_.down + down)]);
      }
      return (inked & seen.columns[static_cast<std::size_t>(band_.across + across)]) == 0;
    });
  }

  // One strip: the tiles beside each other in one picture.
  void transform(const Order& order, int strip, Point* points) const {
    const int picture = strip / tiles_.down.tiles, down = strip % tiles_.down.tiles;
    for (int across = 0; across < tiles_.across.tiles; ++across) {
      const int place = order.place(picture, down, across);
      if (place == Order::kNone) continue;
      way_.transform(tiles_.down.missing(down), tiles_.across.missing(across),
                     picture_in(picture) + offset_in(down, across),
                     points + place * strides_.point);
    }
  }

  // All tiles that have a point times the filters of one panel there.
  void multiply(const Order& order, int panel, int point, const Point* points,
                Product* products) const {
    const Order::Range range = order.tiles_at(point);
    way_.multiply(panel, point, points + range.first * strides_.point, strides_.point, range.count,
                  products + range.first * strides_.product + point * way_.width(),
                  strides_.product);
  }

  void collect(const Order& order, int panel, int strip, const Product* products) const {
    const Plane& to = way_.out();
    const int shrink = way_.pooled() ? 2 : 1;
    const int picture = strip / tiles_.down.tiles, down = strip % tiles_.down.tiles;
    const int row = band_.row + tiles_.down.start(down),
              rows = within(std::min(tiles_.down.outputs_of(down), way_.sums().height - row),
                            to.shape.height - row / shrink);
    auto* out = out_ + (band_.picture + picture) * way_.out_row();
    for (int across = 0; across < tiles_.across.tiles; ++across) {
      const int column = band_.column + tiles_.across.start(across),
                columns =
                    within(std::min(tiles_.across.outputs_of(across), way_.sums().width - column),
                           to.shape.width - column / shrink);
      const int place = order.place(picture, down, across);
      if (place != Order::kNone) {
        way_.collect(tiles_.down.missing(down), tiles_.across.missing(across), panel,
                     products + place * strides_.product, rows, columns,
                     out + to.interior() + row / shrink * to.row_stride() +
                         column / shrink * to.pixel_stride() + panel * way_.width());
      } else if (panel == 0) {
        copy_pixels(to, {row / shrink, (rows + shrink - 1) / shrink},
                    {column / shrink, (columns + shrink - 1) / shrink}, way_.blank()->data(), out);
      }
    }
  }

  // A "valid" pool leaves the last row of an odd number of them out.
  int within(int values, int outputs) const {
    return way_.pooled() ? std::min(values, 2 * outputs) : values;
  }

  const Way& way_;
  const Strides strides_;
  const Band band_;
  const Tiles& tiles_;  // of the band
  const int strips_;
  const typename Way::In* in_;
  typename Way::Out* out_;
};

// The part of a step's products that some pictures need.
template <class Way, class Step>
double part_of(const Way& way, const Step& step, int pictures, const typename Way::In* in) {
  std::vector<int> places(static_cast<std::size_t>(pictures * step.tiles.count()));
  const Band all{0, pictures, 0, 0, 0, 0, step.tiles};
  return Run<Way>(way, strides_of(step, 1), all, in, nullptr).part(places.data());
}

// A step on some pictures.
template <class Way, class Step>
void run(const Way& way, const Step& step, int pictures, const typename Way::In* in,
         typename Way::Out* out) {
  const int panels = way.panels(), threads = way.team().size();
  const bool rows = threads == 1 || shared_by(step, threads).by_rows;
  const Bands bands = bands_of(step, pictures, rows ? threads : 1);
  const auto band_run = [&](int i) {
    const Band band = bands.band(i);
    return Run<Way>(way, strides_of(step, band.pictures * band.tiles.count()), band, in, out);
  };
  if (rows || bands.count() >= threads) {
    way.team().each(bands.count(),
                    [&](int i, int worker) { band_run(i).panels(0, panels, way.own(worker)); });
    return;
  }
  for (int i = 0; i < bands.count(); ++i) {
    const Run<Way> part = band_run(i);
    threads <= 2 * panels ? part.by_panels() : part.by_phases();
  }
}

}  // namespace digitcli::network::winograd
