// How the tiles of a convolution by Winograd's method are cut into bands that stay in the cache.
#pragma once
#include <algorithm>

#include "network/winograd/tiles.h"

namespace digitcli::network::winograd {

// A rectangle of tiles, in each of some pictures: all phases run on it before the next.
struct Band {
  int picture = 0, pictures = 0;  // the first, and how many
  int down = 0, across = 0;       // the first tile
  Tiles tiles;                    // those of the rectangle
};

// A step's pictures in bands of at most so many pictures and tiles, all nearly equal.
class Bands {
 public:
  // At each point a tile has `channels` values at most, of its inputs or of one panel's products.
  Bands(const Tiles& tiles, int channels, int pictures);

  int count() const { return pictures_.parts * down_.parts * across_.parts; }
  Band band(int i) const;

  // Most tiles of one band, in all its pictures, of this many pictures or fewer.
  int most_tiles() const { return pictures_.most() * down_.most() * across_.most(); }

 private:
  // [0, all) in nearly equal parts of at most `limit`.
  struct Parts {
    Parts(int all, int limit) : all(all), limit(limit), parts((all + limit - 1) / limit) {}
    int start(int part) const {
      return static_cast<int>(static_cast<long long>(all) * part / parts);
    }
    int most() const { return std::min(all, limit); }

    int all, limit, parts;
  };

  struct Most {
    int tiles;
  };
  Bands(const Tiles& tiles, int pictures, Most most);

  const Tiles& tiles_;
  Parts pictures_, down_, across_;
};

}  // namespace digitcli::network::winograd
