// How Winograd's method covers a convolution's output with tiles.
#pragma once
#include <algorithm>
#include <string>

namespace digitcli::network::winograd {

// How tiles cover one dimension of a convolution's output.
struct Cover {
  int tiles = 0;
  int last_missing = 0;  // points, and as many outputs, that the last tile does without

  int full() const { return tiles - (last_missing > 0 ? 1 : 0); }
  int missing(int tile) const { return tile + 1 == tiles ? last_missing : 0; }
};

// Most points that a tile does without.
constexpr int kMostMissing = 2;

// Tiles of `outputs` outputs over `size` of them, the last no longer than it has to be: bit m of
// `kinds` says whether the form has tiles that do without m points.
inline Cover cover(int size, int outputs, unsigned kinds) {
  const int tiles = (size + outputs - 1) / outputs;
  int missing = std::min(tiles * outputs - size, kMostMissing);
  while (missing > 0 && (kinds >> missing & 1) == 0) --missing;
  return {tiles, missing};
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
    if (cover.last_missing > 0) part(cover.last_missing, 1);
  };
  each(tiles.down, [&](int rows, int down) {
    each(tiles.across, [&](int columns, int across) { visit(rows, columns, down * across); });
  });
}

// The order in which the tiles of some pictures stand at each point: those with fewer points stand
// at the ends, so that the tiles that have a point are neighbours. First short columns, then full
// tiles, then short rows, then what is short both ways.
class Order {
 public:
  Order(const Tiles& tiles, int pictures)
      : rows_(tiles.down),
        columns_(tiles.across),
        points_(tiles.points),
        pictures_(pictures),
        right_(columns_.last_missing > 0 ? rows_.full() : 0),
        full_(rows_.full() * columns_.full()),
        bottom_(rows_.last_missing > 0 ? columns_.full() : 0) {}

  // Where a tile stands.
  int place(int picture, int down, int across) const {
    if (rows_.missing(down) == 0) {
      if (columns_.missing(across) > 0) return picture * right_ + down;
      return pictures_ * right_ + picture * full_ + down * columns_.full() + across;
    }
    if (columns_.missing(across) == 0) {
      return pictures_ * (right_ + full_) + picture * bottom_ + across;
    }
    return pictures_ * (right_ + full_ + bottom_) + picture;
  }

  // The tiles that have a point.
  struct Range {
    int first, count;
  };
  Range tiles_at(int point) const {
    const auto misses = [&](const Cover& cover, int i) {
      return i >= points_ - 1 - cover.last_missing && i < points_ - 1;
    };
    int first = 0, end = rows_.tiles * columns_.tiles;
    if (misses(columns_, point % points_)) {
      first = right_;
      end -= rows_.last_missing > 0 ? 1 : 0;
    }
    if (misses(rows_, point / points_)) end = right_ + full_;
    return {pictures_ * first, pictures_ * (end - first)};
  }

 private:
  Cover rows_, columns_;
  int points_, pictures_;
  int right_, full_, bottom_;  // of one picture
};

}  // namespace digitcli::network::winograd
