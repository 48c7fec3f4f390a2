#include "network/float32/bands.h"

#include <algorithm>

namespace digitcli::network::float32 {
namespace {

// Inputs or products of a band, in floats: half of a usual second cache.
constexpr int kBandFloats = 1 << 17;

// A band has at least so many tiles, so that one pass over the filters serves many.
constexpr int kLeastTiles = 32;

// Most tiles of a band.
int tiles_of(const Step& step) {
  const int channels = std::max(step.in.padded, step.packed->panels.width);
  return std::max(kLeastTiles, kBandFloats / (step.tiles.all_points() * channels));
}

// The part of a cover from tile `first` on.
Cover part_of(const Cover& cover, int first, int tiles) {
  return {tiles, cover.last_is_short && first + tiles == cover.tiles};
}

}  // namespace

Bands::Bands(const Step& step, int pictures, int threads)
    : Bands(step, pictures, threads, tiles_of(step)) {}

Bands::Bands(const Step& step, int pictures, int threads, int most)
    : tiles_(step.tiles),
      pictures_(pictures, std::max(1, most / tiles_.count())),
      down_(tiles_.down.tiles, std::max(1, most / tiles_.across.tiles),
            pictures_.parts % threads == 0 ? 1 : threads),
      across_(tiles_.across.tiles, most) {}

Band Bands::band(int i) const {
  const int picture = i / (down_.parts * across_.parts);
  const int down = i / across_.parts % down_.parts, across = i % across_.parts;
  Band band;
  band.picture = pictures_.start(picture);
  band.pictures = pictures_.start(picture + 1) - band.picture;
  band.down = down_.start(down);
  band.across = across_.start(across);
  band.tiles = tiles_;
  band.tiles.down = part_of(tiles_.down, band.down, down_.start(down + 1) - band.down);
  band.tiles.across = part_of(tiles_.across, band.across, across_.start(across + 1) - band.across);
  return band;
}

}  // namespace digitcli::network::float32
