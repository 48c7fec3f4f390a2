// How Winograd's method covers a convolution's output with tiles.
#pragma once
#include <algorithm>
#include <string>

namespace digitcli::network::winograd {

// How tiles cover one dimension of a convolution's output: full ones, then short ones.
struct Cover {
  int tiles = 0, outputs = 0;       // of a full tile
  int short_tiles = 0, misses = 0;  // points, and as many outputs, that each of these does without

  int full() const { return tiles - short_tiles; }
  int missing(int tile) const { return tile < full() ? 0 : misses; }
  int outputs_of(int tile) const { return outputs - missing(tile); }

  // The first output of a tile, or behind the last one.
  int start(int tile) const { return tile * outputs - std::max(0, tile - full()) * misses; }

  // Tiles [first, first + count).
  Cover part(int first, int count) const {
    const int short_ones = std::clamp(first + count - full(), 0, count);
    return {count, outputs, short_ones, short_ones > 0 ? misses : 0};
  }
};

// Most points that a tile does without.
constexpr int kMostMissing = 2;

// The tiles over `size` outputs with the fewest points, of `outputs` each, or of up to
// `most_missing` less. A tile with an odd number of outputs is the last, so that windows of two
// outputs lie within tiles.
inline Cover cover(int size, int outputs, int window, int most_missing) {
  const auto points = [&](const Cover& tiles) {
    return tiles.start(tiles.tiles) + tiles.tiles * (window - 1);
  };
  Cover best{(size + outputs - 1) / outputs, outputs, 0, 0};
  for (int misses = 1; misses <= most_missing; ++misses) {
    const int most = (outputs - misses) % 2 == 0 ? size : 1;
    for (int short_tiles = 1; short_tiles <= most; ++short_tiles) {
      const int rest = std::max(0, size - short_tiles * (outputs - misses));
      const int full = (rest + outputs - 1) / outputs;
      const Cover tiles{full + short_tiles, outputs, short_tiles, misses};
      if (points(tiles) < points(best)) best = tiles;
      if (rest == 0) break;
    }
  }
  return best;
}

struct Tiles {
  int form = -1;                // of the kernels' table
  int outputs = 0, points = 0;  // of a full tile, per dimension
  Cover down, across;

  int count() const { return down.tiles * across.tiles; }  // per picture
  int all_points() const { return points * points; }
};

// " F(4x4,5x5)": the size of a tile's output and that of the window.
std::string name_of(const Tiles& tiles);

// Calls visit(points that rows miss, that columns miss, how many) for the kinds of tiles on a
// picture.
template <class Visit>
void for_each_kind(const Tiles& tiles, Visit visit) {
  const auto each = [](const Cover& cover, const auto& part) {
    part(0, cover.full());
    if (cover.short_tiles > 0) part(cover.misses, cover.short_tiles);
  };
  each(tiles.down, [&](int rows, int down) {
    each(tiles.across, [&](int columns, int across) { visit(rows, columns, down * across); });
  });
}

// The order in which the tiles of some pictures stand at each point: those with fewer points stand
// at the ends, so that the tiles that have a point are neighbours. First short columns, then full
// tiles, then short rows, then what is short both ways. Tiles that need no product have no place.
class Order {
 public:
  static constexpr int kNone = -1;

  // `places` has room for each tile. needs_none(picture, down, across) says which have no place.
  template <class NeedsNone>
  Order(const Tiles& tiles, int pictures, int* places, const NeedsNone& needs_none)
      : rows_(tiles.down), columns_(tiles.across), points_(tiles.points), places_(places) {
    int counts[kGroups] = {};
    int* place = places;
    for (int picture = 0; picture < pictures; ++picture) {
      for (int down = 0; down < rows_.tiles; ++down) {
        for (int across = 0; across < columns_.tiles; ++across, ++place) {
          *place = needs_none(picture, down, across) ? kNone : counts[group(down, across)]++;
        }
      }
    }
    for (int i = 0; i < kGroups; ++i) starts_[i + 1] = starts_[i] + counts[i];
    place = places;
    for (int picture = 0; picture < pictures; ++picture) {
      for (int down = 0; down < rows_.tiles; ++down) {
        for (int across = 0; across < columns_.tiles; ++across, ++place) {
          if (*place != kNone) *place += starts_[group(down, across)];
        }
      }
    }
  }

  // Where a tile stands, or kNone.
  int place(int picture, int down, int across) const {
    return places_[(picture * rows_.tiles + down) * columns_.tiles + across];
  }

  // The tiles that have a point.
  struct Range {
    int first, count;
  };
  Range tiles_at(int point) const {
    const auto misses = [&](const Cover& cover, int i) {
      return i >= points_ - 1 - cover.misses && i < points_ - 1;
    };
    const bool no_columns = misses(columns_, point % points_),
               no_rows = misses(rows_, point / points_);
    const int first = starts_[no_columns ? kFull : kRight], end = starts_[no_rows      ? kBottom
                                                                          : no_columns ? kCorner
                                                                                       : kGroups];
    return {first, end - first};
  }

 private:
  enum Group { kRight, kFull, kBottom, kCorner, kGroups };

  Group group(int down, int across) const {
    const bool short_row = rows_.missing(down) > 0, short_column = columns_.missing(across) > 0;
    if (short_row) return short_column ? kCorner : kBottom;
    return short_column ? kRight : kFull;
  }

  Cover rows_, columns_;
  int points_;
  const int* places_;
  int starts_[kGroups + 1] = {};
};

}  // namespace digitcli::network::winograd
