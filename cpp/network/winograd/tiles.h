// How Winograd's method covers a convolution's output with tiles.
#pragma once
#include <string>

namespace digitcli::network::winograd {

// How tiles cover one dimension of a convolution's output.
struct Cover {
  int tiles = 0;
  bool last_is_short = false;  // has two outputs and two points less

  int full() const { return tiles - (last_is_short ? 1 : 0); }
  bool is_short(int tile) const { return last_is_short && tile + 1 == tiles; }
};

// Tiles of `outputs` outputs over `size` of them; the last is short where two are enough for it and
// the form has such tiles.
inline Cover cover(int size, int outputs, bool has_short) {
  const int rest = size % outputs;
  return {(size + outputs - 1) / outputs, has_short && rest > 0 && rest <= 2};
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

// Calls visit(short rows, short columns, how many) for the four kinds of tiles on a picture.
template <class Visit>
void for_each_kind(const Tiles& tiles, Visit visit) {
  for (const bool rows : {false, true}) {
    for (const bool columns : {false, true}) {
      const int down = rows ? tiles.down.last_is_short : tiles.down.full();
      const int across = columns ? tiles.across.last_is_short : tiles.across.full();
      visit(rows, columns, down * across);
    }
  }
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
        right_(rows_.full() * columns_.last_is_short),
        full_(rows_.full() * columns_.full()),
        bottom_(rows_.last_is_short * columns_.full()) {}

  // Where a tile stands.
  int place(int picture, int down, int across) const {
    if (!rows_.is_short(down)) {
      if (columns_.is_short(across)) return picture * right_ + down;
      return pictures_ * right_ + picture * full_ + down * columns_.full() + across;
    }
    if (!columns_.is_short(across)) {
      return pictures_ * (right_ + full_) + picture * bottom_ + across;
    }
    return pictures_ * (right_ + full_ + bottom_) + picture;
  }

  // The tiles that have a point.
  struct Range {
    int first, count;
  };
  Range tiles_at(int point) const {
    const auto only_full = [&](int i) { return i >= points_ - 3 && i < points_ - 1; };
    int first = 0, end = rows_.tiles * columns_.tiles;
    if (columns_.last_is_short && only_full(point % points_)) {
      first = right_;
      end -= rows_.last_is_short;
    }
    if (rows_.last_is_short && only_full(point / points_)) end = right_ + full_;
    return {pictures_ * first, pictures_ * (end - first)};
  }

 private:
  Cover rows_, columns_;
  int points_, pictures_;
  int right_, full_, bottom_;  // of one picture
};

}  // namespace digitcli::network::winograd
