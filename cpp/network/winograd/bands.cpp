#include "network/winograd/bands.h"

#include <algorithm>

namespace digitcli::network::winograd {
namespace {

// Inputs or products of a band: as floats, half of a usual second cache.
constexpr int kBandValues = 1 << 17;

// A band has at least so many tiles, so that one pass over the filters serves many.
constexpr int kLeastTiles = 32;

// Most tiles of a band.
int most_tiles_of(const Tiles& tiles, int channels) {
  return std::max(kLeastTiles, kBandValues / (tiles.all_points() * channels));
}

// What so many tiles cost a thread, in multiplications at each point: the way there costs as much
// as 8 filters do, the way back as 4 channels, and fewer than 3 tiles wait for their filters.
double cost(int tiles, int channels, int filters) {
  return static_cast<double>(std::max(tiles, 3)) * channels * filters +
         static_cast<double>(tiles) * (8 * channels + 4 * filters);
}

}  // namespace

std::string name_of(const Tiles& tiles) {
  const auto square = [](int side) { return std::to_string(side) + "x" + std::to_string(side); };
  return " F(" + square(tiles.outputs) + "," + square(tiles.points - tiles.outputs + 1) + ")";
}

Bands::Bands(const Tiles& tiles, int channels, int pictures, int threads)
    : Bands(tiles, pictures, threads, Most{most_tiles_of(tiles, channels)}) {}

Bands::Bands(const Tiles& tiles, int pictures, int threads, Most most)
    : tiles_(tiles),
      pictures_(pictures, std::max(1, most.tiles / tiles_.count())),
      down_(tiles_.down.tiles, std::max(1, most.tiles / tiles_.across.tiles),
            pictures_.parts % threads == 0 ? 1 : threads),
      across_(tiles_.across.tiles, most.tiles) {}

Band Bands::band(int i) const {
  const int picture = i / (down_.parts * across_.parts);
  const int down = i / across_.parts % down_.parts, across = i % across_.parts;
  Band band;
  band.picture = pictures_.start(picture);
  band.pictures = pictures_.start(picture + 1) - band.picture;
  band.down = down_.start(down);
  band.across = across_.start(across);
  band.tiles = tiles_;
  band.tiles.down = tiles_.down.part(band.down, down_.start(down + 1) - band.down);
  band.tiles.across = tiles_.across.part(band.across, across_.start(across + 1) - band.across);
  band.row = tiles_.down.start(band.down);
  band.column = tiles_.across.start(band.across);
  return band;
}

Shared shared(const Tiles& tiles, int channels, int filters, int panel_width, int threads) {
  const auto most = [&](int count) { return (count + threads - 1) / threads; };
  const int panels = (filters + panel_width - 1) / panel_width;
  const int share = std::min(most(panels) * panel_width, filters);
  const double all = cost(tiles.count(), channels, filters),
               rows = cost(most(tiles.down.tiles) * tiles.across.tiles, channels, filters),
               by_panels = cost(tiles.count(), channels, share);
  return {rows <= by_panels, std::min(rows, by_panels) / all};
}

}  // namespace digitcli::network::winograd
