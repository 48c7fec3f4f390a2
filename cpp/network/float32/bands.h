// How the tiles of a convolution by Winograd's method are cut into bands that stay in the cache.
#pragma once
#include <algorithm>

#include "base/round_up.h"
#include "network/float32/plan.h"

namespace digitcli::network::float32 {

// A rectangle of tiles, in each of some pictures: all phases run on it before the next.
struct Band {
  int picture = 0, pictures = 0;  // the first, and how many
  int down = 0, across = 0;       // the first tile
  Tiles tiles;                    // those of the rectangle
};

// A step's pictures in bands of at most so many pictures and tiles, all nearly equal; where the
// rows of tiles are enough for it, in a multiple of `threads` bands.
class Bands {
 public:
  Bands(const Step& step, int pictures, int threads = 1);

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

  Bands(const Step& step, int pictures, int threads, int most);

  const Tiles& tiles_;
  Parts pictures_, down_, across_;
};

}  // namespace digitcli::network::float32
