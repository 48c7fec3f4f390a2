// How the tiles of a convolution by Winograd's method are cut into bands that stay in the cache.
#pragma once
#include <algorithm>

#include "base/round_up.h"
#include "network/winograd/tiles.h"

namespace digitcli::network::winograd {

// A rectangle of tiles, in each of some pictures: all phases run on it before the next.
struct Band {
  int picture = 0, pictures = 0;  // the first, and how many
  int down = 0, across = 0;       // the first tile
  int row = 0, column = 0;        // its first output
  Tiles tiles;                    // those of the rectangle
};

// A step's pictures in bands of at most so many pictures and tiles, all nearly equal; where the
// rows of tiles are enough for it, in a multiple of `threads` bands.
class Bands {
 public:
  // At each point a tile has `channels` values at most, of its inputs or of one panel's products.
  Bands(const Tiles& tiles, int channels, int pictures, int threads);

  int count() const { return pictures_.parts * down_.parts * across_.parts; }
  Band band(int i) const;

  // Most tiles of one band, in all its pictures, of this many pictures or fewer.
  int most_tiles() const { return pictures_.most() * down_.most() * across_.most(); }

 private:
  // [0, all) in nearly equal parts of at most `limit`: so many, rounded up to a multiple.
  struct Parts {
    Parts(int all, int limit, int multiple = 1)
        : all(all),
          limit(limit),
          parts(std::min(all, base::round_up((all + limit - 1) / limit, multiple))) {}
    int start(int part) const {
      return static_cast<int>(static_cast<long long>(all) * part / parts);
    }
    int most() const { return std::min(all, limit); }

    int all, limit, parts;
  };

  struct Most {
    int tiles;
  };
  Bands(const Tiles& tiles, int pictures, int threads, Most most);

  const Tiles& tiles_;
  Parts pictures_, down_, across_;
};

// How threads share one picture's tiles, and what is left to the busiest of them: of 1, all of it.
struct Shared {
  bool by_rows;  // of tiles; else panels of filters, for which each transforms the whole input
  double part;
};
Shared shared(const Tiles& tiles, int channels, int filters, int panel_width, int threads);

}  // namespace digitcli::network::winograd
